#include "rules/source/value_sources.h"

#include <array>
#include <string_view>

#include "rules/source/names.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 10> kEntropy = {
    "getrandom", "getentropy", "arc4random",  "arc4random_uniform", "arc4random_buf",
    "rand_s",    "RAND_bytes", "RAND_priv_bytes", "_rdrand32_step", "_rdrand64_step"};
constexpr std::array<std::string_view, 20> kClocks = {"time",
                                                      "clock",
                                                      "gettimeofday",
                                                      "clock_gettime",
                                                      "timespec_get",
                                                      "ftime",
                                                      "clock64",
                                                      "__clock64",
                                                      "__globaltimer",
                                                      "globaltimer",
                                                      "omp_get_wtime",
                                                      "MPI_Wtime",
                                                      "__rdtsc",
                                                      "__builtin_ia32_rdtsc",
                                                      "__builtin_readcyclecounter",
                                                      "times",
                                                      "getrusage",
                                                      "std::time",
                                                      "std::clock",
                                                      "__clock"};
constexpr std::array<std::string_view, 7> kIdentities = {
    "getpid", "gettid", "pthread_self", "std::this_thread::get_id", "getppid", "thrd_current",
    "std::thread::get_id"};

// A call of somebody else's function: the name is no project's own.
const Call* foreign_call(const Site& site) {
  if (site.kind() != CXCursor_CallExpr) return nullptr;
  const Call* call = site.function->call_at(site.node);
  if (call == nullptr || is_null(call->callee)) return nullptr;
  const bool library = call->name == "omp_get_wtime" || call->name.starts_with("MPI_") ||
                       call->name.starts_with("RAND_");
  return call->in_system || library || call->name.starts_with("__builtin") ? call : nullptr;
}

bool opens_random_device(const Call& call, const Site& site) {
  if (!call.in_system) return false;
  for (uint32_t i = site.node; i < site.function->node(site.node).end; ++i) {
    const Node& node = site.function->node(i);
    if (node.kind != CXCursor_StringLiteral) continue;
    const std::string text = spelling(node.cursor);
    if (text == "\"/dev/urandom\"" || text == "\"/dev/random\"") return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> entropy_read(const Site& site) {
  const Call* call = foreign_call(site);
  if (call == nullptr) return std::nullopt;
  if (contains(kEntropy, call->name)) return call->name;
  if (call->name == "std::random_device::random_device") return "std::random_device";
  if (call->name == "std::random_device::operator()") return "std::random_device";
  const std::string plain = spelling(call->callee);
  const bool opens = plain == "open" || plain == "fopen" || plain == "basic_ifstream" ||
                     plain == "ifstream" || plain == "open64";
  if (opens && opens_random_device(*call, site)) return "/dev/urandom";
  return std::nullopt;
}

std::optional<std::string> clock_read(const Site& site) {
  const Call* call = foreign_call(site);
  if (call == nullptr) return std::nullopt;
  if (contains(kClocks, call->name)) return call->name;
  const bool now = call->name.ends_with("::now") && call->name.find("chrono") != std::string::npos;
  return now ? std::optional(call->name) : std::nullopt;
}

std::optional<std::string> register_read(const Site& site) {
  if (site.kind() != CXCursor_GCCAsmStmt) return std::nullopt;
  const std::string text = take(clang_Cursor_getGCCAssemblyTemplate(site.cursor()));
  for (const char* name : {"%%smid", "%%warpid", "%%clock", "%%globaltimer", "%smid", "%warpid",
                           "%clock", "%globaltimer", "rdtsc"}) {
    if (text.find(name) != std::string::npos) {
      return name[0] == '%' && name[1] == '%' ? name + 1 : name;
    }
  }
  return std::nullopt;
}

std::optional<std::string> identity_read(const Site& site) {
  const Call* call = foreign_call(site);
  if (call == nullptr || !contains(kIdentities, call->name)) return std::nullopt;
  return call->name;
}

std::optional<std::string> address_read(const Site& site) {
  const CXCursorKind kind = site.kind();
  if (kind != CXCursor_CXXReinterpretCastExpr && kind != CXCursor_CStyleCastExpr &&
      kind != CXCursor_CXXFunctionalCastExpr) {
    return std::nullopt;
  }
  const CXType type = clang_getCanonicalType(clang_getCursorType(site.cursor()));
  const bool integer =
      type.kind >= CXType_UShort && type.kind <= CXType_Int128 && type.kind != CXType_WChar;
  const uint32_t inner = site.function->stripped(site.node);
  if (!integer || inner == site.node) return std::nullopt;
  const CXType operand =
      clang_getCanonicalType(clang_getCursorType(site.function->node(inner).cursor));
  const bool pointer = operand.kind == CXType_Pointer;
  return pointer ? std::optional<std::string>("an address") : std::nullopt;
}

}  // namespace detaudit::rules::source
