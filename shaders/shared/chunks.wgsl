// Reductions over rows go in two dispatches: one invocation sums CHUNK rows of a column, then one
// invocation sums the partial results of a column. So no invocation loops long (software adapters end
// a shader silently after 65,535 iterations), the order of additions is fixed, and the error grows
// with the square root of the number of rows at most. CHUNK is src/ops/dispatch.rs's.
const CHUNK: u32 = 64u;

fn chunks(rows: u32) -> u32 {
    return (rows + CHUNK - 1u) / CHUNK;
}
