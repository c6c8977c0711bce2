#include "kernels/cuda/stream.h"

// A build without CUDA: no device answers.
namespace detaudit::kernels::cuda {
namespace {

CudaError absent() { return {"cuda", "this build has no CUDA"}; }

}  // namespace

struct Stream::State {};

Stream::Stream() { throw absent(); }
Stream::~Stream() = default;
std::string Stream::device_name() const { throw absent(); }
void* Stream::allocate(size_t) { throw absent(); }
void Stream::release(void*) {}
void* Stream::allocate_pinned(size_t) { throw absent(); }
void Stream::release_pinned(void*) {}
void Stream::upload(void*, const void*, size_t) { throw absent(); }
void Stream::download(void*, const void*, size_t) { throw absent(); }
void* Stream::scratch(size_t) { throw absent(); }
void Stream::synchronize() { throw absent(); }
void* Stream::handle() const { return nullptr; }

std::unique_ptr<CudaError> missing_device() { return std::make_unique<CudaError>(absent()); }

}  // namespace detaudit::kernels::cuda
