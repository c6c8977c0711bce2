#include "instrument/libraries/tensorflow_library.h"

#include "instrument/recorder/futex_lock.h"

namespace detaudit::instrument {
namespace {

constexpr const char* kLibrary = "libtensorflow_framework";

struct Lookup {
  bool complete = true;
  template <typename Function>
  void operator()(Function*& function, const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (!found) found = find_in_libraries(kLibrary, name);
    if (!found) complete = false;
    function = reinterpret_cast<Function*>(found);
  }
};

bool look_up(TensorFlow& library) {
  Lookup find;
  find(library.kernel_name, "TF_GetOpKernelName");
  find(library.input_count, "TF_NumInputs");
  find(library.output_count, "TF_NumOutputs");
  find(library.input_type, "TF_InputDatatype");
  find(library.output_type, "TF_ExpectedOutputDataType");
  find(library.get_input, "TF_GetInput");
  find(library.get_output, "TF_GetMutableOutput");
  find(library.set_output, "TF_SetOutput");
  find(library.step_id, "TF_GetStepId");
  find(library.iteration, "TF_GetIterId");
  find(library.tensor_data, "TF_TensorData");
  find(library.tensor_bytes, "TF_TensorByteSize");
  find(library.dimensions, "TF_NumDims");
  find(library.dimension, "TF_Dim");
  find(library.allocate_tensor, "TF_AllocateTensor");
  find(library.delete_tensor, "TF_DeleteTensor");
  find(library.destroy_tensor, "_ZN10tensorflow6TensorD1Ev");
  find(library.new_status, "TF_NewStatus");
  find(library.delete_status, "TF_DeleteStatus");
  find(library.status_code, "TF_GetCode");
  find(library.trace_string,
       "_ZNK10tensorflow8OpKernel11TraceStringB5cxx11ERKNS_15OpKernelContextEb");
  find(library.resource_handle, "_ZN10tensorflow15HandleFromInputEPNS_15OpKernelContextEi");
  find(library.serialized_handle, "_ZNK10tensorflow14ResourceHandle17SerializeAsStringB5cxx11Ev");
  return find.complete;
}

constinit TensorFlow g_library{};
constinit FutexLock g_lock;
constinit std::atomic<int> g_state{0};  // 1: complete, -1: not

}  // namespace

const TensorFlow* TensorFlow::get() {
  int state = g_state.load(std::memory_order_acquire);
  if (state == 0) [[unlikely]] {
    g_lock.lock();
    state = g_state.load(std::memory_order_acquire);
    if (state == 0) {
      Inside inside;
      state = look_up(g_library) ? 1 : -1;
      g_state.store(state, std::memory_order_release);
    }
    g_lock.unlock();
  }
  return state > 0 ? &g_library : nullptr;
}

bool plain_type(int type, kernels::DType& dtype) {
  switch (type) {
    case 1: case 8: dtype = kernels::DType::kF32; return true;   // complex64 is two
    case 2: case 18: dtype = kernels::DType::kF64; return true;  // complex128
    case 3: dtype = kernels::DType::kI32; return true;
    case 9: dtype = kernels::DType::kI64; return true;
    case 14: dtype = kernels::DType::kBF16; return true;
    case 19: dtype = kernels::DType::kF16; return true;
    case 4: case 5: case 6: case 10: case 11: case 12: case 13: case 15: case 16: case 17: case 22:
    case 23: case 24: case 25: dtype = kernels::DType::kU8; return true;
    default: return false;
  }
}

}  // namespace detaudit::instrument
