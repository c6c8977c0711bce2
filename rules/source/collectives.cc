// Collectives that add floats of several processes, and messages taken from whoever sends first.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 14> kReducing = {
    "ncclAllReduce", "ncclReduce",  "ncclReduceScatter", "MPI_Allreduce",
    "MPI_Reduce",    "MPI_Scan",    "MPI_Exscan",        "MPI_Reduce_scatter",
    "MPI_Iallreduce", "MPI_Ireduce", "MPI_Reduce_scatter_block", "MPI_Accumulate",
    "MPI_Iscan",     "MPI_Ireduce_scatter"};
constexpr std::array<std::string_view, 19> kFloats = {
    "ncclFloat",      "ncclFloat32",    "ncclDouble",     "ncclFloat64",
    "ncclHalf",       "ncclFloat16",    "ncclBfloat16",   "ncclFloat8e4m3",
    "ncclFloat8e5m2", "MPI_FLOAT",      "MPI_DOUBLE",     "MPI_LONG_DOUBLE",
    "MPI_REAL",       "MPI_DOUBLE_PRECISION", "MPI_C_COMPLEX", "MPI_C_FLOAT_COMPLEX",
    "MPI_C_DOUBLE_COMPLEX", "MPI_CXX_FLOAT_COMPLEX", "MPI_CXX_DOUBLE_COMPLEX"};
constexpr std::array<std::string_view, 5> kSums = {"ncclSum", "ncclAvg", "ncclProd", "MPI_SUM",
                                                   "MPI_PROD"};
constexpr std::array<std::string_view, 8> kReceiving = {
    "MPI_Recv", "MPI_Irecv", "MPI_Probe", "MPI_Iprobe", "MPI_Mprobe", "MPI_Improbe",
    "MPI_Recv_init", "MPI_Sendrecv"};

// The first of `names` that an argument may be, through variables and parameters. MPI's constants
// are macros: what is written there tells, whatever it expands to.
template <size_t N>
std::string argument_among(const Unit& unit, const Function& function, const Call& call,
                           const std::array<std::string_view, N>& names) {
  std::string found;
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    origin_of(unit.definitions(), {&function, argument}, [&](const Site& site) {
      if (clang_isExpression(site.kind()) == 0) return false;
      const std::string text = first_token(unit.translation_unit(), site.cursor());
      if (contains(names, text)) found = text;
      return !found.empty();
    }, {true, false});
    if (!found.empty()) break;
  }
  return found;
}

bool is_library(const Unit& unit, const Call& call) {
  return !is_null(call.callee) && unit.is_foreign(call.callee);
}

}  // namespace

void collectives(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (!is_library(unit, call)) continue;
      if (contains(kReducing, call.name)) {
        const std::string type = argument_among(unit, function, call, kFloats);
        if (type.empty() || argument_among(unit, function, call, kSums).empty()) continue;
        Finding& finding = findings.add("DET260", Cause::kCollectiveOrder, {&function, call.node});
        finding.message = fmt::format("`{}` adds {} numbers in an order that is chosen at run time",
                                      call.name, type);
        finding.label = "size, topology and load choose the algorithm";
        finding.fix =
            call.name.starts_with("nccl")
                ? "fix NCCL_ALGO, NCCL_PROTO and the topology"
                : "fix the algorithm in the implementation's settings, or gather and add in "
                  "rank order";
      } else if (contains(kReceiving, call.name)) {
        constexpr std::array<std::string_view, 1> kAny = {"MPI_ANY_SOURCE"};
        if (argument_among(unit, function, call, kAny).empty()) continue;
        Finding& finding = findings.add("DET261", Cause::kCollectiveOrder, {&function, call.node});
        finding.message = fmt::format("`{}` takes a message from whoever sends first", call.name);
        finding.label = "the order of messages differs from run to run";
        finding.fix = "receive in rank order, or store by the sender's rank and fold afterwards";
      }
    }
  }
}

}  // namespace detaudit::rules::source
