// Elementwise shaders are written over V, here one number: for rows whose length is no multiple of 4.
alias V = f32;
alias U = u32;

// The indices of the elements of the i-th V.
fn indices(i: u32) -> U {
    return i;
}
