#include "instrument/cupti/cupti_source.h"

#include <cupti.h>
#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include "instrument/cupti/action.h"

namespace detaudit::instrument::cupti {
namespace {

char g_why[320];

// The loader's choice, then where NVIDIA's packages put it.
constexpr const char* kPlaces[] = {"libcupti.so.13", "libcupti.so",
                                   "/usr/local/cuda/lib64/libcupti.so.13",
                                   "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so.13",
                                   "/usr/lib/x86_64-linux-gnu/libcupti.so.13"};
CUpti_SubscriberHandle g_subscriber = nullptr;
DriverObserver* g_observer = nullptr;

decltype(&::cuptiSubscribe_v2) g_subscribe = nullptr;
decltype(&::cuptiEnableCallback) g_enable = nullptr;
decltype(&::cuptiUnsubscribe) g_unsubscribe = nullptr;
decltype(&::cuptiGetResultString) g_result_text = nullptr;
decltype(&::cuptiGetCallbackName) g_call_name = nullptr;
decltype(&::cuptiGetVersion) g_version = nullptr;

const char* text_of(CUptiResult result) {
  const char* text = nullptr;
  if (g_result_text && g_result_text(result, &text) == CUPTI_SUCCESS && text) return text;
  return "unknown error";
}

void driver_call(CUpti_CallbackId id, const CUpti_CallbackData& data) {
  DriverCall call{id, data.functionParams, data.context, CUDA_SUCCESS, data.symbolName};
  if (data.callbackSite == CUPTI_API_ENTER) return g_observer->before(call);
  if (data.functionReturnValue) call.result = *static_cast<CUresult*>(data.functionReturnValue);
  g_observer->after(call);
}

void resource(CUpti_CallbackId id, const CUpti_ResourceData& data) {
  if (id != CUPTI_CBID_RESOURCE_MODULE_LOADED && id != CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING)
    return;
  const auto* module = static_cast<const CUpti_ModuleResourceData*>(data.resourceDescriptor);
  if (!module) return;
  if (id == CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING) return g_observer->unloaded(module->moduleId);
  g_observer->loaded({module->moduleId,
                      {reinterpret_cast<const std::byte*>(module->pCubin), module->cubinSize}});
}

void CUPTIAPI callback(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) {
  if (!g_observer || !data) return;
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API)
    driver_call(id, *static_cast<const CUpti_CallbackData*>(data));
  else if (domain == CUPTI_CB_DOMAIN_RESOURCE)
    resource(id, *static_cast<const CUpti_ResourceData*>(data));
}

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

// A CUPTI of a later CUDA than the driver's may refuse it.
const char* refusal(CUptiResult result, int driver) {
  uint32_t cupti = 0;  // 130001: 13.0, update 1
  if (g_version) g_version(&cupti);
  const int length = std::snprintf(g_why, sizeof g_why, "CUPTI refused: %s (%d)", text_of(result),
                                   static_cast<int>(result));
  const auto ours = static_cast<int>(cupti / 10000 * 1000 + cupti / 100 % 100 * 10);
  if (ours > driver && length > 0)
    std::snprintf(g_why + length, sizeof g_why - static_cast<size_t>(length),
                  "; it is of CUDA %d.%d, the driver of %d.%d: name one that fits in DETAUDIT_CUPTI",
                  ours / 1000, ours % 1000 / 10, driver / 1000, driver % 1000 / 10);
  return g_why;
}

// Calls of a CUDA later than these headers, where this CUPTI knows them: what they do is not known,
// but that they were made is. Those that only ask for something are none.
void enable_later_calls() {
  constexpr uint32_t kMost = 1024;
  const char* name = nullptr;
  for (uint32_t id = kKnownCalls; g_call_name && id < kKnownCalls + kMost; ++id) {
    if (g_call_name(CUPTI_CB_DOMAIN_DRIVER_API, id, &name) != CUPTI_SUCCESS || !name) return;
    if (!std::strstr(name, "Get"))
      g_enable(1, g_subscriber, CUPTI_CB_DOMAIN_DRIVER_API, id);
  }
}

}  // namespace

const char* CuptiSource::open() noexcept {
  for (const char* name : {"libcupti.so.13", "libcupti.so"})
    if (!library_) library_ = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
  const bool named = path_ && *path_;
  if (!library_ && named) library_ = dlopen(path_, RTLD_NOW);
  for (const char* name : kPlaces)
    if (!library_ && !named) library_ = dlopen(name, RTLD_NOW);
  if (!library_) {
    const char* error = dlerror();
    std::snprintf(g_why, sizeof g_why, "CUPTI was not found (%s)", error ? error : "no reason given");
    return g_why;
  }
  find(library_, "cuptiGetResultString", g_result_text);
  find(library_, "cuptiGetCallbackName", g_call_name);
  find(library_, "cuptiGetVersion", g_version);
  if (find(library_, "cuptiSubscribe_v2", g_subscribe) &&
      find(library_, "cuptiEnableCallback", g_enable) &&
      find(library_, "cuptiUnsubscribe", g_unsubscribe))
    return nullptr;
  return "the CUPTI found is older than CUDA 13.0's";
}

const char* CuptiSource::start(DriverObserver& observer, std::span<const uint32_t> calls) noexcept {
  if (const char* why = open()) return why;
  char rival[CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN + 1] = "";
  CUpti_SubscriberParams parameters{};
  parameters.structSize = CUpti_SubscriberParams_STRUCT_SIZE;
  parameters.subscriberName = "detaudit";
  parameters.oldSubscriberName = rival;
  parameters.oldSubscriberSize = CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN;
  const CUptiResult result = g_subscribe(&g_subscriber, callback, nullptr, &parameters);
  if (result == CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED) {
    std::snprintf(g_why, sizeof g_why, "CUPTI serves one tool at a time, and now serves `%s`",
                  rival[0] ? rival : "one that gave no name");
    return g_why;
  }
  if (result != CUPTI_SUCCESS) return refusal(result, driver_version_);
  g_observer = &observer;
  unsigned refused = 0;
  for (uint32_t id : calls)
    refused += g_enable(1, g_subscriber, CUPTI_CB_DOMAIN_DRIVER_API, id) != CUPTI_SUCCESS;
  g_enable(1, g_subscriber, CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_MODULE_LOADED);
  g_enable(1, g_subscriber, CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING);
  if (refused == 0) {
    enable_later_calls();
    return nullptr;
  }
  stop();
  std::snprintf(g_why, sizeof g_why,
                "CUPTI does not know %u of the driver's calls: it is older than CUDA 13.0's",
                refused);
  return g_why;
}

void CuptiSource::stop() noexcept {
  g_observer = nullptr;
  if (g_subscriber && g_unsubscribe) g_unsubscribe(g_subscriber);
  g_subscriber = nullptr;
}

}  // namespace detaudit::instrument::cupti
