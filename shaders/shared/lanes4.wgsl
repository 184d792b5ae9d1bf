// Elementwise shaders are written over V, here 4 numbers, which are loaded and stored at once.
alias V = vec4<f32>;
alias U = vec4<u32>;

// The indices of the elements of the i-th V.
fn indices(i: u32) -> U {
    return U(4u * i) + U(0u, 1u, 2u, 3u);
}
