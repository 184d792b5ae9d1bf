//! The host's use of cores and vectors, the one place of it: rayon natively, one thread in a browser;
//! loops compiled for the widest vectors that the processor has.
//!
//! A loop is compiled for each kind of vectors, so its body has several callers, and the compiler inlines only small
//! ones of itself. A closure that gains from the vectors says `#[inline(always)]`: one that is called has those that
//! every processor has.

/// Elements below which starting other threads costs more than it saves.
#[cfg(feature = "native")]
const SERIAL: usize = 16 * 1024;

/// Elements that one task works on.
#[cfg(feature = "native")]
const PIECE: usize = 8 * 1024;

#[cfg(feature = "native")]
thread_local! {
    /// Other threads are at work of their own: see [`side_by_side`].
    static ALONE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether work that all threads could share is to be done by the calling one.
pub fn is_alone() -> bool {
    #[cfg(feature = "native")]
    return ALONE.get();
    #[cfg(not(feature = "native"))]
    true
}

/// Calls `f(item)` for each item, each on one thread if there are as many as threads: the loops of this module
/// then stay on it.
pub fn side_by_side<T: Send>(items: &mut [T], f: impl Fn(&mut T) + Send + Sync) {
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        let alone = items.len() >= threads();
        let items = items.par_iter_mut().with_max_len(1);
        items.for_each(|item| as_one_of_all(alone, || f(item)));
    }
    #[cfg(not(feature = "native"))]
    items.iter_mut().for_each(f);
}

/// The results of [`side_by_side`] calls, in the order of the items.
pub fn map_side_by_side<T: Send, R: Send>(
    items: Vec<T>,
    f: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        let alone = items.len() >= threads();
        let items = items.into_par_iter().with_max_len(1);
        items.map(|item| as_one_of_all(alone, || f(item))).collect()
    }
    #[cfg(not(feature = "native"))]
    items.into_iter().map(f).collect()
}

/// Calls `f`; `alone` says that the other threads are at work of their own.
#[cfg(feature = "native")]
fn as_one_of_all<R>(alone: bool, f: impl FnOnce() -> R) -> R {
    let before = ALONE.replace(alone);
    let result = f();
    ALONE.set(before);
    result
}

/// Runs a block compiled for the widest vectors that the processor has; a loop that the compiler can vectorize then is.
macro_rules! vectorized {
    ($block:expr) => {{
        let mut result = Default::default();
        // It changes something, so that calling it is calling its body: other closures are called through a function
        // that is not inlined.
        let body = Body(
            #[inline(always)]
            || result = $block,
        );
        pulp::Arch::new().dispatch(body);
        result
    }};
}

/// What [`vectorized`] compiles.
struct Body<F>(F);

impl<F: FnMut()> pulp::WithSimd for Body<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _: S) {
        (self.0)();
    }
}

/// Makes the calling thread one of those that the loops of this module run on. The thread that trains should
/// be one: from outside, each loop costs a change of threads, which is as long as the step of a small
/// network. Without effect once the others are at work.
#[cfg(feature = "native")]
pub fn enlist() {
    let _ = rayon::ThreadPoolBuilder::new()
        .use_current_thread()
        .build_global();
}

/// Runs `f` where the loops of this module find the other threads awake: on one of them. Many loops in
/// one call cost less than each on its own.
pub fn together<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "native")]
    return rayon::scope(|_| f());
    #[cfg(not(feature = "native"))]
    f()
}

/// Calls `f(index of the chunk, chunk)` for consecutive chunks of `size` elements of `out`, on all
/// cores if there are `work` elements to go over in all.
pub fn chunks<T: Send>(
    out: &mut [T],
    size: usize,
    work: usize,
    f: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    #[cfg(feature = "native")]
    if work >= SERIAL && !is_alone() {
        use rayon::prelude::*;
        out.par_chunks_mut(size)
            .enumerate()
            .for_each(|(index, chunk)| vectorized!(f(index, chunk)));
        return;
    }
    let _ = work;
    vectorized!({
        for (index, chunk) in out.chunks_mut(size).enumerate() {
            f(index, chunk);
        }
    });
}

/// Calls `f(index of the row, row)` for each row of `cols` elements of `out`.
pub fn rows<T: Send>(out: &mut [T], cols: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    if cols == 0 {
        return;
    }
    #[cfg(feature = "native")]
    if out.len() >= SERIAL && !is_alone() {
        use rayon::prelude::*;
        let rows = PIECE.div_ceil(cols);
        out.par_chunks_mut(rows * cols)
            .enumerate()
            .for_each(|(chunk, part)| {
                vectorized!({
                    for (i, row) in part.chunks_exact_mut(cols).enumerate() {
                        f(chunk * rows + i, row);
                    }
                });
            });
        return;
    }
    vectorized!({
        for (i, row) in out.chunks_exact_mut(cols).enumerate() {
            f(i, row);
        }
    });
}

/// Calls `f(index of the chunk, chunk of a, of b)`, each given with the size of its chunks; on all cores if
/// there are `work` elements to go over in all.
pub fn chunks2<A: Send, B: Send>(
    (a, a_size): (&mut [A], usize),
    (b, b_size): (&mut [B], usize),
    work: usize,
    f: impl Fn(usize, &mut [A], &mut [B]) + Send + Sync,
) {
    // A third that takes no memory.
    let none = &mut vec![(); b.len().div_ceil(b_size)][..];
    chunks3((a, a_size), (b, b_size), (none, 1), work, |i, a, b, _| {
        f(i, a, b)
    });
}

/// Calls `f(index of the chunk, chunk of a, of b, of c)`, each given with the size of its chunks; on all
/// cores if there are `work` elements to go over in all.
pub fn chunks3<A: Send, B: Send, C: Send>(
    (a, a_size): (&mut [A], usize),
    (b, b_size): (&mut [B], usize),
    (c, c_size): (&mut [C], usize),
    work: usize,
    f: impl Fn(usize, &mut [A], &mut [B], &mut [C]) + Send + Sync,
) {
    #[cfg(feature = "native")]
    if work >= SERIAL && !is_alone() {
        use rayon::prelude::*;
        a.par_chunks_mut(a_size)
            .zip(b.par_chunks_mut(b_size))
            .zip(c.par_chunks_mut(c_size))
            .enumerate()
            .for_each(|(i, ((a, b), c))| vectorized!(f(i, a, b, c)));
        return;
    }
    let _ = work;
    vectorized!({
        let chunks = a.chunks_mut(a_size);
        let chunks = chunks.zip(b.chunks_mut(b_size).zip(c.chunks_mut(c_size)));
        for (i, (a, (b, c))) in chunks.enumerate() {
            f(i, a, b, c);
        }
    });
}

/// Calls `f(index of the part's first element, part)` for consecutive parts of `out`.
pub fn pieces<T: Send>(out: &mut [T], f: impl Fn(usize, &mut [T]) + Send + Sync) {
    #[cfg(feature = "native")]
    if out.len() >= SERIAL && !is_alone() {
        use rayon::prelude::*;
        out.par_chunks_mut(PIECE)
            .enumerate()
            .for_each(|(chunk, part)| vectorized!(f(chunk * PIECE, part)));
        return;
    }
    vectorized!(f(0, out));
}

/// `out[i] = f(x[i])`.
pub fn map<T: Send + Sync + Copy>(out: &mut [T], x: &[T], f: impl Fn(T) -> T + Send + Sync) {
    pieces(out, |start, part| {
        for (out, &x) in part.iter_mut().zip(&x[start..]) {
            *out = f(x);
        }
    });
}

/// `out[i] = f(x[i], y[i])`.
pub fn map2<T: Send + Sync + Copy>(
    out: &mut [T],
    x: &[T],
    y: &[T],
    f: impl Fn(T, T) -> T + Send + Sync,
) {
    pieces(out, |start, part| {
        for ((out, &x), &y) in part.iter_mut().zip(&x[start..]).zip(&y[start..]) {
            *out = f(x, y);
        }
    });
}

/// `f(&mut a[i], x[i])`.
pub fn zip<T: Send + Sync + Copy>(a: &mut [T], x: &[T], f: impl Fn(&mut T, T) + Send + Sync) {
    pieces(a, |start, part| {
        for (a, &x) in part.iter_mut().zip(&x[start..]) {
            f(a, x);
        }
    });
}

/// `f(&mut a[i], &mut b[i], &mut c[i], x[i])`.
pub fn zip3<T: Send + Sync + Copy>(
    a: &mut [T],
    b: &mut [T],
    c: &mut [T],
    x: &[T],
    f: impl Fn(&mut T, &mut T, &mut T, T) + Send + Sync,
) {
    let piece = |a: &mut [T], b: &mut [T], c: &mut [T], x: &[T]| {
        vectorized!({
            for (((a, b), c), &x) in a.iter_mut().zip(&mut *b).zip(&mut *c).zip(x) {
                f(a, b, c, x);
            }
        });
    };
    #[cfg(feature = "native")]
    if a.len() >= SERIAL && !is_alone() {
        use rayon::prelude::*;
        a.par_chunks_mut(PIECE)
            .zip(b.par_chunks_mut(PIECE))
            .zip(c.par_chunks_mut(PIECE))
            .zip(x.par_chunks(PIECE))
            .for_each(|(((a, b), c), x)| piece(a, b, c, x));
        return;
    }
    piece(a, b, c, x);
}

/// Whether `f(piece)` holds for all pieces of `values`; those that remain once one is found wanting are left.
pub fn all<T: Sync>(values: &[T], f: impl Fn(&[T]) -> bool + Send + Sync) -> bool {
    #[cfg(feature = "native")]
    if values.len() >= SERIAL {
        use rayon::prelude::*;
        return values.par_chunks(PIECE).all(|part| vectorized!(f(part)));
    }
    values.is_empty() || vectorized!(f(values))
}

/// Calls `f(item)` for each item, on all cores: for work of milliseconds an item.
pub fn each<T: Sync>(items: &[T], f: impl Fn(&T) + Send + Sync) {
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        // One at a time: what items cost differs.
        items.par_iter().with_max_len(1).for_each(f);
    }
    #[cfg(not(feature = "native"))]
    items.iter().for_each(f);
}

/// Runs `f` with so many threads for the loops of this module, the calling one among them.
#[cfg(feature = "native")]
pub fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    match pool.use_current_thread().build() {
        Ok(pool) => pool.install(f),
        // Without threads to be had, those that are there do it.
        Err(_) => f(),
    }
}

/// Threads at work.
pub fn threads() -> usize {
    #[cfg(feature = "native")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "native"))]
    1
}
