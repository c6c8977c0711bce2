#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr const char* kRounding =
    "(a + b) + c and a + (b + c) round differently. Equal inputs then give different bits from "
    "launch to launch, and training amplifies them.";

constexpr Code kSourceCodes[] = {
    {"DET201", "device-float-atomics", Severity::kError,
     "Device code adds floating-point numbers by an atomic function (atomicAdd and its like on "
     "float, double, half, bfloat16 or vectors of them). Threads arrive in no fixed order, so the "
     "sum is rounded in no fixed order.\n"
     "The type is that of the function which overload resolution chose: through templates, "
     "typedefs, macros and wrappers. What one thread of the grid does alone is not meant.",
     kRounding,
     "__global__ void histogram(float* out, const int* bin, const float* weight) {\n"
     "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
     "  atomicAdd(&out[bin[i]], weight[i]);\n"
     "}",
     "Give every output one owner that adds in a fixed order, or write one partial sum a block "
     "and fold them in index order in a second kernel.\n"
     "- Sort by destination, and let one thread add each run in order.\n"
     "- A sum of integers (fixed point) does not depend on the order."},
    {"DET202", "float-swap-loop", Severity::kError,
     "A loop around a compare-and-swap stores a floating-point number that was computed from the "
     "one it expects there: an atomic addition in all but name, on a GPU or between threads.",
     kRounding,
     "do {\n"
     "  assumed = old;\n"
     "  old = atomicCAS(bits, assumed, __float_as_int(value + __int_as_float(assumed)));\n"
     "} while (old != assumed);",
     "As for DET201: one owner for every output, or partial sums stored by index and folded in "
     "index order. Minima and maxima do not depend on the order."},
    {"DET203", "inline-float-reduction", Severity::kError,
     "Inline assembly adds floating-point numbers in memory (red, atom, multimem.red, "
     "cp.reduce.async.bulk). For a tensor reduction the type is in the tensor map that the host "
     "encodes.",
     kRounding, "asm volatile(\"red.global.add.f32 [%0], %1;\" :: \"l\"(out), \"f\"(value));",
     "Let one block own each output and add in a fixed order, or store the parts beside one "
     "another and fold them in index order."},
    {"DET204", "float-atomic-object", Severity::kError,
     "Threads add to an atomic floating-point object (std::atomic<float>, std::atomic_ref, "
     "cuda::atomic, C's _Atomic) by fetch_add or an operator.",
     "The order in which threads arrive decides the rounding: (a + b) + c is not a + (b + c).",
     "std::atomic<float> loss{0};\n"
     "parallel_for(n, [&](size_t i) { loss += term(i); });",
     "Let every thread sum into a place of its own, over a partition that depends on the size "
     "alone, and fold these in index order once all are done."},
    {"DET205", "cooperative-float-update", Severity::kError,
     "Cooperative groups add their sums onto an atomic float "
     "(cooperative_groups::reduce_update_async with plus).",
     kRounding, "cg::reduce_update_async(tile, total, value, cg::plus<float>());",
     "Reduce within the group (cooperative_groups::reduce: its order is fixed), store each "
     "group's sum by index, and fold them in index order."},
    {"DET206", "device-scan", Severity::kError,
     "A scan of Thrust or CUB runs over floating-point numbers, or a histogram of CUB has "
     "floating-point counters. Scans look back at whichever blocks are done (decoupled "
     "look-back), so partial sums meet in an order that is chosen at run time; CUB documents it.",
     kRounding, "cub::DeviceScan::InclusiveSum(temp, bytes, floats, out, n);",
     "Scan integers (fixed point), or scan in two passes over blocks of fixed size. Count in "
     "integers and convert once. cub::DeviceReduce gives equal bits from run to run on one GPU."},
    {"DET207", "reduce-by-key", Severity::kNote,
     "A reduction by key of Thrust or CUB adds floating-point numbers. CUDA 13.0 was seen to give "
     "different bits from run to run, though CUB's documentation says otherwise (CCCL issue "
     "9995).",
     kRounding, "thrust::reduce_by_key(keys.begin(), keys.end(), floats.begin(), out_keys, out);",
     "Audit it at the sizes in use; or sort by key and reduce segments "
     "(cub::DeviceSegmentedReduce), each of which has one owner."},
    {"DET208", "slot-allocation", Severity::kError,
     "An atomic counter hands out places of an array, and what is stored there does not descend "
     "from the place: which element gets which place follows the schedule. A counter that hands "
     "out work (out[i] = f(in[i])) is not meant.",
     "The list has the same elements in another order. Whoever adds them up, draws random numbers "
     "for them or writes them out passes the order on.",
     "int slot = atomicAdd(count, 1);\n"
     "list[slot] = element;",
     "Compute places by a prefix sum over the elements, or sort the list afterwards by a key of "
     "its elements."},
    {"DET210", "entropy-source", Severity::kError,
     "Code reads the system's entropy: std::random_device, getrandom, getentropy, arc4random, "
     "/dev/urandom, RDRAND.",
     "What descends from it differs in every run, whatever the configured seed is.",
     "std::mt19937 engine{std::random_device{}()};",
     "Seed from the run's configuration, and record the seed. For cryptography it is right: allow "
     "it with that reason."},
    {"DET211", "time-seed", Severity::kError,
     "A random generator is seeded from a clock, a process id or an address: through variables, "
     "parameters and functions of the unit.",
     "Every run draws other numbers, and none can be had again.", "srand(time(nullptr));",
     "Seed from the run's configuration: one seed for the run, and derived ones for its parts. A "
     "constant seed is what reproducibility asks for, though clang-tidy's msc51-cpp warns of it."},
    {"DET212", "default-seed", Severity::kNote,
     "A random generator runs on the seed that its library gives it: rand without srand, an "
     "engine of <random> without an argument.",
     "It is the same in every run, but nobody chose it: runs that are meant to differ do not, and "
     "std::default_random_engine is another generator in another library.",
     "std::mt19937 engine;   // 5489",
     "Pass a seed of the run's configuration, and record it."},
    {"DET213", "generator-ordering", Severity::kWarning,
     "cuRAND is asked for CURAND_ORDERING_PSEUDO_DYNAMIC: how numbers are laid out is tuned to the "
     "GPU.",
     "Equal seeds give other numbers on another GPU or with another version.",
     "curandSetGeneratorOrdering(generator, CURAND_ORDERING_PSEUDO_DYNAMIC);",
     "Use CURAND_ORDERING_PSEUDO_LEGACY, whose order stays the same for all versions, or a "
     "counter-based generator (Philox) of your own numbering."},
    {"DET220", "pointer-order", Severity::kError,
     "An order is that of addresses: iteration over a container whose keys are pointers, and whose "
     "elements are added up, stored, numbered or written out in that order, or whose first one is "
     "taken; or a sort of pointers by their values.",
     "Addresses differ from run to run (ASLR, the allocator, threads), and with them the order.",
     "std::set<Node*> ready;\n"
     "for (Node* node : ready) order.push_back(node);",
     "Order by an id that the program gives its objects, or keep insertion order in a vector "
     "beside the set."},
    {"DET221", "unordered-accumulation", Severity::kWarning,
     "A loop over an unordered container adds floating-point numbers, appends to a sequence, numbers "
     "elements or writes output in the container's order; or its first element is taken.",
     "The order is that of hashes and of the library's table: another library, version or insertion "
     "order gives another. With pointer keys it differs from run to run (DET220).",
     "for (const auto& [name, weight] : weights) total += weight;",
     "Iterate over sorted keys, or over a vector in insertion order. Sorting what the loop "
     "collected does as well."},
    {"DET222", "partial-comparator", Severity::kNote,
     "A sort that is not stable compares one of several fields: elements equal in it are in an "
     "order that the library chooses.",
     "Another library, or another size, may order ties otherwise.",
     "std::sort(v.begin(), v.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });",
     "Compare the other fields too (std::tie), or use std::stable_sort where the order before is "
     "fixed."},
    {"DET223", "directory-order", Severity::kWarning,
     "A directory's entries are used in the order in which the system lists them "
     "(directory_iterator, readdir, scandir without a comparison, GLOB_NOSORT).",
     "It depends on the file system and on how the files came there: another machine, or a fresh "
     "copy, has another.",
     "for (const auto& entry : fs::directory_iterator(folder)) load(entry.path());",
     "Collect the paths, sort them, and go on from there."},
    {"DET230", "openmp-float-sum", Severity::kError,
     "An OpenMP reduction, atomic or critical section adds floating-point numbers of several "
     "threads. OpenMP leaves open in which order threads' parts are combined; with a dynamic "
     "schedule also which thread has which iteration.",
     "The sum is rounded in an order that the schedule chooses.",
     "#pragma omp parallel for reduction(+ : total)\n"
     "for (int i = 0; i < n; ++i) total += x[i];",
     "Sum fixed blocks, each into its own element (schedule(static), a block size that depends on "
     "n alone), and fold the blocks in index order."},
    {"DET231", "parallel-algorithm", Severity::kError,
     "A parallel algorithm adds floating-point numbers in an order of its own: std::reduce, "
     "std::transform_reduce or a scan with std::execution::par, tbb::parallel_reduce; or "
     "std::for_each adds to one variable under a lock.",
     "How the range is divided follows the number of threads and their schedule.",
     "std::reduce(std::execution::par, x.begin(), x.end(), 0.0f);",
     "tbb::parallel_deterministic_reduce with a fixed grain, or fixed blocks folded in index "
     "order."},
    {"DET232", "lock-order", Severity::kError,
     "Threads that take a lock in turn add floating-point numbers to one variable, append to one "
     "sequence or write to one output there: under std::lock_guard, std::unique_lock, "
     "pthread_mutex_lock, a spinning flag or a critical section. Of a sum whose function others "
     "call the lock itself says that threads come there.",
     "A lock keeps every addition whole, but not their order: that is the one in which the threads "
     "arrive, and additions of floats round otherwise in another order.",
     "std::lock_guard guard(mutex);\n"
     "total += partial;   // by every thread",
     "Give each thread a place of its own, and fold these in index order once all are done; lists "
     "and lines likewise, or sort them by a key of their elements."},
    {"DET240", "uninitialized-device-memory", Severity::kError,
     "Memory of cudaMalloc is accumulated into by a kernel before anything was stored in it: no "
     "cudaMemset, copy or other kernel comes in between.",
     "cudaMalloc does not clear memory: the sum begins with what was left there.",
     "cudaMalloc(&total, sizeof(float));\n"
     "sum<<<grid, block>>>(total, x, n);   // does atomicAdd(total, ...)",
     "cudaMemset(total, 0, sizeof(float)) before the launch."},
    {"DET250", "library-algorithm", Severity::kError,
     "A library is asked for an algorithm that its documentation calls non-deterministic: "
     "CUBLAS_ATOMICS_ALLOWED, cuDNN's BWD_FILTER_ALGO_0 and _3, BWD_DATA_ALGO_0, CTC loss "
     "NON_DETERMINISTIC, cuSPARSE's and cuSOLVER's non-deterministic ones.",
     "It gives different bits from call to call on equal inputs.",
     "cublasSetAtomicsMode(handle, CUBLAS_ATOMICS_ALLOWED);",
     "Ask for the deterministic one: CUBLAS_ATOMICS_NOT_ALLOWED, BWD_FILTER_ALGO_1, "
     "BWD_DATA_ALGO_1, CTC_LOSS_ALGO_DETERMINISTIC, CUSPARSE_SPMV_CSR_ALG2, "
     "CUSOLVER_DETERMINISTIC_RESULTS."},
    {"DET251", "library-search", Severity::kError,
     "cuDNN is asked to time its algorithms and take the fastest (cudnnFind...). Which one wins can "
     "change from run to run.",
     "Another algorithm adds in another order: a run's bits follow the timings of its start.",
     "cudnnFindConvolutionForwardAlgorithm(handle, x, w, conv, y, 1, &found, &result);",
     "Choose once and fix it by name, or ask the heuristics (cudnnGet..._v7) and keep only "
     "algorithms whose determinism is CUDNN_DETERMINISTIC."},
    {"DET260", "float-collective", Severity::kNote,
     "A collective adds floating-point numbers of several processes (ncclAllReduce, "
     "MPI_Allreduce and their like). The algorithm, and with it the order, is chosen at run time by "
     "size, topology and load.",
     "Equal inputs may be added in another order in another run.",
     "MPI_Allreduce(mine, all, n, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);",
     "NCCL: fix NCCL_ALGO, NCCL_PROTO and the topology. MPI: fix the algorithm in the "
     "implementation's settings, or gather and add in rank order."},
    {"DET261", "any-source", Severity::kNote,
     "A message is taken from whichever process sends first (MPI_ANY_SOURCE).",
     "Where the order of messages decides the order of additions or of output, it differs from run "
     "to run.",
     "MPI_Recv(buffer, n, MPI_DOUBLE, MPI_ANY_SOURCE, tag, comm, &status);",
     "Receive in rank order, or store by the sender's rank and fold in rank order afterwards."},
    {"DET270", "schedule-identity", Severity::kError,
     "A value that names time, schedule or address goes into a computation: a clock, the SM or the "
     "thread that happens to run, a pointer as an integer, as index, hash or number.",
     "It differs from run to run, and with it what is computed.",
     "float& part = parts[std::hash<std::thread::id>{}(std::this_thread::get_id()) % kParts];",
     "Use indices that the problem gives: of the element, the block, the rank."},
    {"DET271", "machine-identity", Severity::kWarning,
     "The name of the machine goes into a computation or a seed.",
     "Another machine gives other results, and so does one that was renamed.", "seed = std::hash<std::string>{}(hostname);",
     "Use the rank of the process, or a setting of the run."},
};

}  // namespace

std::span<const Code> source_codes() { return kSourceCodes; }

}  // namespace detaudit::reports
