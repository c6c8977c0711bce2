// Thrust's and CUB's algorithms over floats whose order of additions is chosen at run time: scans
// (decoupled look-back), histograms with float counters, reductions by key. CUB's DeviceReduce is
// deterministic from run to run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/number_type.h"
#include "rules/source/operation.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 6> kThrustScans = {
    "thrust::inclusive_scan",           "thrust::exclusive_scan",
    "thrust::transform_inclusive_scan", "thrust::transform_exclusive_scan",
    "thrust::inclusive_scan_by_key",    "thrust::exclusive_scan_by_key"};

bool is_thrust_scan(const std::string& name) {
  return std::find(kThrustScans.begin(), kThrustScans.end(), name) != kThrustScans.end();
}

bool same_type(const Function& function, uint32_t a, uint32_t b) {
  return a != kNoNode && b != kNoNode &&
         type_name(clang_getCursorType(function.node(a).cursor)) ==
             type_name(clang_getCursorType(function.node(b).cursor));
}

// Which argument takes the results. Thrust's: [policy,] first, last, [values,] result; CUB's:
// storage, bytes, [keys,] in, out.
size_t result_at(const Function& function, const Call& call) {
  const bool by_key =
      call.name.find("ByKey") != std::string::npos || call.name.ends_with("_by_key");
  if (call.name == "cub::DeviceReduce::ReduceByKey") return 5;
  if (call.name.starts_with("cub::")) return by_key ? 4 : 3;
  const bool policy = call.arguments.size() > 2 &&
                      !same_type(function, call.arguments[0], call.arguments[1]) &&
                      same_type(function, call.arguments[1], call.arguments[2]);
  const size_t first = policy ? 1 : 0;
  return first + (call.name == "thrust::reduce_by_key" ? 4 : by_key ? 3 : 2);
}

// Where the results go; where that is no iterator, of the last argument that is one.
std::string result_type(const Function& function, const Call& call) {
  const size_t at = result_at(function, call);
  if (at < call.arguments.size() && call.arguments[at] != kNoNode) {
    const CXType type = clang_getCanonicalType(
        clang_getNonReferenceType(clang_getCursorType(function.node(call.arguments[at]).cursor)));
    if (type.kind == CXType_Pointer || type_name(type).find("ptr") != std::string::npos ||
        type_name(type).find("iterator") != std::string::npos) {
      return iterated_float_type(type);
    }
  }
  std::string found;
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    const std::string type =
        iterated_float_type(clang_getCursorType(function.node(argument).cursor));
    if (!type.empty()) found = type;
  }
  return found;
}

// Thrust runs on the device for the device's iterators, and where the policy says so.
bool on_device(const Function& function, const Call& call) {
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    const std::string type = type_name(clang_getCursorType(function.node(argument).cursor));
    if (type.find("device_ptr") != std::string::npos ||
        type.find("cuda_cub") != std::string::npos || type.find("::cuda::") != std::string::npos ||
        type.find("device_t") != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::string counter_type(const Function& function, const Call& call) {
  constexpr size_t kCounters = 3;  // d_temp_storage, temp_storage_bytes, d_samples, d_histogram
  if (call.arguments.size() <= kCounters || call.arguments[kCounters] == kNoNode) return "";
  return pointed_float_type(clang_getCursorType(function.node(call.arguments[kCounters]).cursor));
}

void report(Findings& findings, const char* code, Site site, const Call& call,
            const std::string& type, const char* fix) {
  Finding& finding = findings.add(code, Cause::kFloatAtomics, site);
  finding.message =
      fmt::format("`{}` adds `{}` numbers in an order that is chosen at run time", call.name, type);
  finding.label = "which partial sums meet first is up to the schedule";
  finding.fix = fix;
}

}  // namespace

void device_algorithms(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      const Site site{&function, call.node};
      const bool thrust = call.name.starts_with("thrust::") && on_device(function, call);
      if (call.name.starts_with("cub::DeviceScan::") || (thrust && is_thrust_scan(call.name))) {
        const std::string type = result_type(function, call);
        if (type.empty() || selects(unit, function, call)) continue;
        report(findings, "DET206", site, call, type,
               "scan integers (fixed point), or scan in two passes over blocks of fixed size");
      } else if (call.name.starts_with("cub::DeviceHistogram::")) {
        const std::string type = counter_type(function, call);
        if (type.empty()) continue;
        report(findings, "DET206", site, call, type,
               "count in integers, and convert once at the end");
      } else if (call.name == "cub::DeviceReduce::ReduceByKey" ||
                 (thrust && call.name == "thrust::reduce_by_key")) {
        const std::string type = result_type(function, call);
        if (type.empty() || selects(unit, function, call)) continue;
        report(findings, "DET207", site, call, type,
               "sort by key and let one thread or block own each segment "
               "(`cub::DeviceSegmentedReduce`)");
      }
    }
  }
}

}  // namespace detaudit::rules::source
