// The functions that torch-sys 0.26 calls and PyTorch 2.15 has only as operators of torch::linalg. The harness
// calls none of them; they are here to let torch-sys compile.
#pragma once
#include <torch/torch.h>

namespace torch {

inline Tensor cholesky(const Tensor &a, bool upper) {
  return linalg_cholesky(a, upper);
}

inline Tensor &cholesky_out(Tensor &out, const Tensor &a, bool upper) {
  return linalg_cholesky_out(out, a, upper);
}

inline std::tuple<Tensor, Tensor> qr(const Tensor &a, bool some) {
  return linalg_qr(a, some ? "reduced" : "complete");
}

inline std::tuple<Tensor &, Tensor &> qr_out(Tensor &q, Tensor &r, const Tensor &a, bool some) {
  return linalg_qr_out(q, r, a, some ? "reduced" : "complete");
}

} // namespace torch
