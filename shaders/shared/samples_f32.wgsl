// The data set as it lies on the device, here in f32: one vector V is stored as it is.
alias Stored = V;

fn value(stored: Stored) -> V {
    return stored;
}
