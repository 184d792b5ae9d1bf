// A dispatch over more elements than one dimension of the grid holds continues in y; z counts
// the replicas of the network. WORKGROUP is src/ops/dispatch.rs's.
const WORKGROUP: u32 = 64u;

fn element(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.x + id.y * groups.x * WORKGROUP;
}
