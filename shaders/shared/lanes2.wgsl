// As lanes4.wgsl, here 2 numbers: for rows whose length is even, but no multiple of 4.
alias V = vec2<f32>;
alias U = vec2<u32>;

// The indices of the elements of the i-th V.
fn indices(i: u32) -> U {
    return U(2u * i) + U(0u, 1u);
}
