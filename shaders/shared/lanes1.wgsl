// As lanes4.wgsl, here one number: for rows whose length is odd.
alias V = f32;
alias U = u32;

// The indices of the elements of the i-th V.
fn indices(i: u32) -> U {
    return i;
}
