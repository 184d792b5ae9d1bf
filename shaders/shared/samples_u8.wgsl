// The data set as it lies on the device, here in bytes of the full scale: a word holds 4, the first in its lowest
// bits, which make a V of 4. src/data/bytes.rs is the host's side.
alias Stored = u32;

fn value(stored: Stored) -> V {
    let bytes = (U(stored) >> U(0u, 8u, 16u, 24u)) & U(255u);
    return V(bytes) / 255.0;
}
