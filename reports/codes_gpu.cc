#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kGpuCodes[] = {
    {"DET401", "float-atomics", Severity::kError,
     "A kernel's machine code adds floating-point numbers by atomic instructions (RED, ATOM). "
     "Threads arrive in no fixed order, so the sum is rounded in no fixed order.\n"
     "The code is capable of it: whether a launch executes the instruction, and with more than "
     "one thread at an address, is not known from the file.",
     "(a + b) + c and a + (b + c) round differently. Equal inputs then give different bits from "
     "launch to launch, and training amplifies them.",
     "__global__ void sum(float* out, const float* in) {\n"
     "  atomicAdd(out, in[blockIdx.x * blockDim.x + threadIdx.x]);\n"
     "}",
     "Give every output one owner that adds in a fixed order, or write one partial sum a block "
     "and fold them in index order in a second kernel.\n"
     "- A library's kernel: ask for its deterministic algorithm (cuDNN: avoid the algorithms "
     "documented as non-deterministic; cuSPARSE: CUSPARSE_SPMM_CSR_ALG2 and its like; cuBLAS: "
     "CUBLAS_WORKSPACE_CONFIG=:4096:8, cublasSetAtomicsMode left at not allowed).\n"
     "- PyTorch: torch.use_deterministic_algorithms(True).\n"
     "- A sum of integers (fixed point) does not depend on the order."},
    {"DET402", "float-swap-loop", Severity::kError,
     "A kernel's machine code computes with floating-point numbers in a loop around a "
     "compare-and-swap: an atomic addition where the hardware has none (shared memory, scalar "
     "half and bfloat16, products).",
     "It is an atomic addition in all but name: the order of arrival decides the rounding.",
     "__shared__ float total;\n"
     "atomicAdd(&total, value);   // on shared memory the compiler writes a compare-and-swap loop",
     "As for DET401. In a block: fold by __shfl_down_sync and a fixed tree over shared memory; "
     "its order depends on the block's shape alone."},
    {"DET403", "float-bulk-reduction", Severity::kError,
     "A kernel's machine code adds tiles of floating-point numbers onto global memory by bulk "
     "copies (cp.reduce.async.bulk, in machine code UBLKRED).",
     "Each element is an atomic addition: blocks that reduce onto the same tile arrive in no "
     "fixed order.",
     "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [out], [tile], bytes;",
     "Let one block own a tile of the output and loop over its parts, or store parts beside one "
     "another and fold them in order (split-K with a workspace instead of a reducing store)."},
    {"DET404", "tensor-reduction", Severity::kWarning,
     "A kernel's machine code adds tiles onto global memory through a tensor map (TMA, UTMAREDG). "
     "The element type is in the map that the host passes, so the file does not say whether "
     "floats are added.",
     "With floats it is DET403; with integers it is harmless.",
     "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.bulk_group [map, {x, y}], [tile];",
     "See which CUtensorMapDataType the host encodes. For floats, do as for DET403."},
    {"DET405", "ptx-float-atomics", Severity::kWarning,
     "A kernel that is there as PTX alone adds floating-point numbers by atomic or reducing "
     "instructions (atom, red, cp.reduce). The driver compiles it when it is loaded.",
     "As for DET401, once it is compiled for the GPU at hand.", "red.global.add.f32 [%rd1], %f1;",
     "As for DET401. To have the machine code judged too, compile for a real architecture: "
     "nvcc -gencode arch=compute_90,code=sm_90."},
    {"DET406", "ptx-swap-loop", Severity::kNote,
     "A kernel that is there as PTX alone has a compare-and-swap in a loop in which floating-point "
     "numbers are computed. PTX is not followed as far as machine code is, so the two may be "
     "unrelated.",
     "If the swap stores what was computed, it is DET402.",
     "$L: add.f32 %f3, %f2, %f1;  atom.global.cas.b32 %r2, [%rd1], %r1, %r3;  @%p1 bra $L;",
     "Compile for a real architecture and scan again, or read the loop."},
    {"DET407", "float-extremum", Severity::kNote,
     "A kernel takes minima or maxima of floating-point numbers atomically, by an instruction or "
     "a compare-and-swap loop.",
     "An extremum does not depend on the order of arrival, but for two cases: NaN (which operand "
     "is kept), and zeros of both signs.",
     "do {\n"
     "  seen = old;\n"
     "  old = atomicCAS(bits, seen, __float_as_int(fmaxf(value, __int_as_float(seen))));\n"
     "} while (old != seen);",
     "Nothing, where neither NaN nor negative zero can arrive. Otherwise compare as integers "
     "that order the same way as the floats do."},
    {"DET408", "integer-atomics", Severity::kNote,
     "A kernel has atomic instructions on integers, exchanges or plain compare-and-swaps.",
     "A sum, extremum or bitwise result left in memory does not depend on the order. What an "
     "atomic returns does: a slot drawn by atomicAdd(&count, 1) makes the order of a list, and a "
     "lock or ticket the order of whatever it guards.",
     "int slot = atomicAdd(count, 1);   // which element gets which slot follows the schedule\n"
     "list[slot] = element;",
     "Where the returned value decides a place or an order, compute places by a prefix sum, or "
     "sort the list afterwards."},
};

}  // namespace

std::span<const Code> gpu_codes() { return kGpuCodes; }

}  // namespace detaudit::reports
