// cuRAND's host interface: how its generators are seeded.
#include "instrument/libraries/handle_table.h"
#include "instrument/libraries/library_function.h"

namespace detaudit::instrument {
namespace {

constexpr const char* kLibrary = "libcurand";
constexpr int kSuccess = 0, kNotInitialized = 101;

struct Generator {
  bool seeded = false;
  int ordering = 0;  // 0: as it was made
};
constinit HandleTable<Generator> g_generators;

constinit LibraryFunction<int(void**, int)> g_create(kLibrary, "curandCreateGenerator");
constinit LibraryFunction<int(void**, int)> g_create_host(kLibrary, "curandCreateGeneratorHost");
constinit LibraryFunction<int(void*, unsigned long long)> g_seed(
    kLibrary, "curandSetPseudoRandomGeneratorSeed");
constinit LibraryFunction<int(void*, unsigned long long)> g_offset(kLibrary,
                                                                   "curandSetGeneratorOffset");
constinit LibraryFunction<int(void*, int)> g_ordering(kLibrary, "curandSetGeneratorOrdering");

const char* ordering_name(int ordering) {
  switch (ordering) {
    case 100:
      return "PSEUDO_BEST";
    case 101:
      return "PSEUDO_DEFAULT";
    case 102:
      return "PSEUDO_SEEDED";
    case 103:
      return "PSEUDO_LEGACY";
    case 104:
      return "PSEUDO_DYNAMIC, which differs between devices";
    case 201:
      return "QUASI_DEFAULT";
    default:
      return "unknown";
  }
}

int create(LibraryFunction<int(void**, int)>& function, void** generator, int type) {
  const int result = function.call(kNotInitialized, generator, type);
  ProbeScope scope;
  if (scope && result == kSuccess && generator) {
    const uint32_t number = g_generators.made(*generator);
    char text[64];
    std::snprintf(text, sizeof text, "generator %u of type %d", number, type);
    note_library_setting(function.name(), text);
  }
  return result;
}

void state_set(const char* call, void* generator, const char* what, unsigned long long value) {
  ProbeScope scope;
  if (!scope) return;
  const bool seeds = what[0] == 's';
  const auto known = g_generators.update(generator, [&](Generator& g) { g.seeded |= seeds; });
  char key[32], text[96];
  std::snprintf(key, sizeof key, "generator %u", known.number);
  std::snprintf(text, sizeof text, "generator %u: %s %llu", known.number, what, value);
  record_seed(call, known.known ? key : "", text);
}

// What a launch was for: draws by a generator, and what of it matters.
const char* how_drawn(void* generator, char (&text)[128]) {
  const auto known = g_generators.find(generator);
  if (!known.known) return nullptr;
  std::snprintf(text, sizeof text, "generator %u, %s%s%s", known.number,
                known.state.seeded ? "seeded" : "never seeded: cuRAND's default seed",
                known.state.ordering ? ", ordering " : "",
                known.state.ordering ? ordering_name(known.state.ordering) : "");
  return text;
}

template <typename Function, typename... Arguments>
int draw(LibraryFunction<Function>& function, void* generator, Arguments... arguments) {
  char text[128];
  const char* how = probing() ? how_drawn(generator, text) : nullptr;
  if (ProbeScope scope; scope && how) note_library_setting(function.name(), how);
  LibraryCall call(function.name(), how);
  return function.call(kNotInitialized, generator, arguments...);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int curandCreateGenerator(void** generator, int type) {
  return create(g_create, generator, type);
}
DETAUDIT_INTERPOSED int curandCreateGeneratorHost(void** generator, int type) {
  return create(g_create_host, generator, type);
}

DETAUDIT_INTERPOSED int curandSetPseudoRandomGeneratorSeed(void* generator,
                                                           unsigned long long seed) {
  const int result = g_seed.call(kNotInitialized, generator, seed);
  if (result == kSuccess) state_set(g_seed.name(), generator, "seed", seed);
  return result;
}
DETAUDIT_INTERPOSED int curandSetGeneratorOffset(void* generator, unsigned long long offset) {
  const int result = g_offset.call(kNotInitialized, generator, offset);
  if (result == kSuccess) state_set(g_offset.name(), generator, "offset", offset);
  return result;
}

DETAUDIT_INTERPOSED int curandSetGeneratorOrdering(void* generator, int ordering) {
  const int result = g_ordering.call(kNotInitialized, generator, ordering);
  ProbeScope scope;
  if (scope && result == kSuccess) {
    const auto known = g_generators.update(generator, [&](Generator& g) { g.ordering = ordering; });
    char text[96];
    std::snprintf(text, sizeof text, "generator %u: ordering %s", known.number,
                  ordering_name(ordering));
    note_library_setting(g_ordering.name(), text);
  }
  return result;
}

#define DETAUDIT_DRAW(name, declared, passed, ...)                                     \
  static constinit LibraryFunction<int(void*, __VA_ARGS__)> g_##name(kLibrary, #name); \
  DETAUDIT_INTERPOSED int name(void* generator, DETAUDIT_LIST declared) {              \
    return draw(g_##name, generator, DETAUDIT_LIST passed);                            \
  }
#define DETAUDIT_LIST(...) __VA_ARGS__

DETAUDIT_DRAW(curandGenerate, (unsigned* to, size_t n), (to, n), unsigned*, size_t)
DETAUDIT_DRAW(curandGenerateLongLong, (unsigned long long* to, size_t n), (to, n),
              unsigned long long*, size_t)
DETAUDIT_DRAW(curandGenerateUniform, (float* to, size_t n), (to, n), float*, size_t)
DETAUDIT_DRAW(curandGenerateUniformDouble, (double* to, size_t n), (to, n), double*, size_t)
DETAUDIT_DRAW(curandGenerateNormal, (float* to, size_t n, float mean, float deviation),
              (to, n, mean, deviation), float*, size_t, float, float)
DETAUDIT_DRAW(curandGenerateNormalDouble, (double* to, size_t n, double mean, double deviation),
              (to, n, mean, deviation), double*, size_t, double, double)
DETAUDIT_DRAW(curandGenerateLogNormal, (float* to, size_t n, float mean, float deviation),
              (to, n, mean, deviation), float*, size_t, float, float)
DETAUDIT_DRAW(curandGenerateLogNormalDouble, (double* to, size_t n, double mean, double deviation),
              (to, n, mean, deviation), double*, size_t, double, double)
DETAUDIT_DRAW(curandGeneratePoisson, (unsigned* to, size_t n, double lambda), (to, n, lambda),
              unsigned*, size_t, double)
