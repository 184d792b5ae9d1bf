//! The CPU backend's use of cores, the one place of it: rayon natively, one thread in a browser.

/// Elements below which starting other threads costs more than it saves.
#[cfg(feature = "native")]
const SERIAL: usize = 16 * 1024;

/// Elements that one task works on.
#[cfg(feature = "native")]
const PIECE: usize = 4 * 1024;

/// Calls `f(index of the row, row)` for each row of `cols` elements of `out`.
pub fn rows<T: Send>(out: &mut [T], cols: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    if cols == 0 {
        return;
    }
    #[cfg(feature = "native")]
    if out.len() >= SERIAL {
        use rayon::prelude::*;
        let rows = PIECE.div_ceil(cols);
        out.par_chunks_mut(rows * cols)
            .enumerate()
            .for_each(|(chunk, part)| {
                for (i, row) in part.chunks_exact_mut(cols).enumerate() {
                    f(chunk * rows + i, row);
                }
            });
        return;
    }
    for (i, row) in out.chunks_exact_mut(cols).enumerate() {
        f(i, row);
    }
}

/// Calls `f(index of the part's first element, part)` for consecutive parts of `out`.
pub fn pieces<T: Send>(out: &mut [T], f: impl Fn(usize, &mut [T]) + Send + Sync) {
    #[cfg(feature = "native")]
    if out.len() >= SERIAL {
        use rayon::prelude::*;
        out.par_chunks_mut(PIECE)
            .enumerate()
            .for_each(|(chunk, part)| f(chunk * PIECE, part));
        return;
    }
    f(0, out);
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
        for (((a, b), c), &x) in a.iter_mut().zip(b).zip(c).zip(x) {
            f(a, b, c, x);
        }
    };
    #[cfg(feature = "native")]
    if a.len() >= SERIAL {
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

/// Threads at work.
pub fn threads() -> usize {
    #[cfg(feature = "native")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "native"))]
    1
}
