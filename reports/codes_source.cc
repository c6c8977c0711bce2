#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kSourceCodes[] = {
    {"DET201", "device-float-atomics", Severity::kError,
     "Device code adds floating-point numbers by an atomic function (atomicAdd and its like on "
     "float, double, half, bfloat16 or vectors of them). Threads arrive in no fixed order, so the "
     "sum is rounded in no fixed order.\n"
     "The type is that of the function which overload resolution chose: through templates, "
     "typedefs, macros and wrappers.",
     "(a + b) + c and a + (b + c) round differently. Equal inputs then give different bits from "
     "launch to launch, and training amplifies them.",
     "__global__ void histogram(float* out, const int* bin, const float* weight) {\n"
     "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
     "  atomicAdd(&out[bin[i]], weight[i]);\n"
     "}",
     "Give every output one owner that adds in a fixed order, or write one partial sum a block "
     "and fold them in index order in a second kernel.\n"
     "- Sort by destination, and let one thread add each run in order.\n"
     "- A sum of integers (fixed point) does not depend on the order."},
};

}  // namespace

std::span<const Code> source_codes() { return kSourceCodes; }

}  // namespace detaudit::reports
