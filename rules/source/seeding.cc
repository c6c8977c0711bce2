#include "rules/source/seeding.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace detaudit::rules::source {
namespace {

// Which argument is the seed.
struct SeedFunction {
  std::string_view name;
  size_t argument;
};
constexpr std::array<SeedFunction, 16> kFunctions = {{
    {"srand", 0},
    {"srandom", 0},
    {"srand48", 0},
    {"seed48", 0},
    {"initstate", 0},
    {"rand_r", 0},
    {"erand48", 0},
    {"nrand48", 0},
    {"jrand48", 0},
    {"curand_init", 0},
    {"curandSetPseudoRandomGeneratorSeed", 1},
    {"torch::manual_seed", 0},
    {"at::manual_seed", 0},
    {"gsl_rng_set", 1},
    {"vslNewStream", 2},
    {"cv::setRNGSeed", 0},
}};

constexpr std::array<std::string_view, 8> kEngines = {
    "linear_congruential_engine", "mersenne_twister_engine", "subtract_with_carry_engine",
    "discard_block_engine",       "independent_bits_engine", "shuffle_order_engine",
    "philox_engine",              "xor_combine_engine"};

std::optional<Seeding> by_function(const Unit& unit, const Function& function, const Call& call) {
  const auto found =
      std::find_if(kFunctions.begin(), kFunctions.end(),
                   [&](const SeedFunction& each) { return call.name == each.name; });
  if (found == kFunctions.end() || is_null(call.callee) || !unit.is_foreign(call.callee)) {
    return std::nullopt;
  }
  if (call.arguments.size() <= found->argument || call.arguments[found->argument] == kNoNode) {
    return std::nullopt;
  }
  return Seeding{{&function, call.node},
                 call.name,
                 {{&function, call.arguments[found->argument]}}};
}

bool is_copy(const Function& function, const Call& call) {
  if (call.arguments.size() != 1 || call.arguments[0] == kNoNode) return false;
  const CXType type = clang_getCanonicalType(
      clang_getNonReferenceType(clang_getCursorType(function.node(call.arguments[0]).cursor)));
  return is_engine(clang_getTypeDeclaration(type));
}

// A constructor or `seed` of an engine, or a `std::seed_seq`.
std::optional<Seeding> by_engine(const Function& function, const Call& call) {
  if (!call.in_system || is_null(call.callee)) return std::nullopt;
  const bool constructor = clang_getCursorKind(call.callee) == CXCursor_Constructor;
  if (!constructor && spelling(call.callee) != "seed") return std::nullopt;
  const CXCursor owner = clang_getCursorSemanticParent(call.callee);
  const bool sequence = qualified_name(owner) == "std::seed_seq" && !call.arguments.empty();
  if (!sequence && (!is_engine(owner) || is_copy(function, call))) return std::nullopt;
  Seeding seeding{{&function, call.node}, "", {}};
  const CXType shown = clang_getCursorType(function.node(call.node).cursor);
  seeding.generator = constructor ? take(clang_getTypeSpelling(clang_getUnqualifiedType(shown)))
                                  : qualified_name(owner) + "::seed";
  for (const uint32_t argument : call.arguments) {
    // A default argument is written nowhere.
    if (argument != kNoNode && place_of(function.node(argument).cursor).line != 0) {
      seeding.seeds.push_back({&function, argument});
    }
  }
  return seeding;
}

// std::make_unique<std::mt19937>(seed), engine.emplace(seed) of an optional one
std::optional<Seeding> by_maker(const Function& function, const Call& call) {
  CXType holder = clang_getCursorType(function.node(call.node).cursor);
  if (call.name == "std::optional::emplace") {
    holder = clang_getCursorType(clang_getCursorSemanticParent(call.callee));
  } else if (call.name != "std::make_unique" && call.name != "std::make_shared" &&
             call.name != "std::make_optional") {
    return std::nullopt;
  }
  const CXType made = clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(holder), 0);
  const CXCursor engine = clang_getTypeDeclaration(clang_getCanonicalType(made));
  if (!is_engine(engine) || is_copy(function, call)) return std::nullopt;
  Seeding seeding{{&function, call.node}, qualified_name(engine), {}};
  for (const uint32_t argument : call.arguments) {
    if (argument != kNoNode) seeding.seeds.push_back({&function, argument});
  }
  return seeding;
}

}  // namespace

bool is_engine(CXCursor record) {
  const std::string name = spelling(record);
  if (std::find(kEngines.begin(), kEngines.end(), name) == kEngines.end()) return false;
  const std::string whole = qualified_name(record);
  return whole.starts_with("std::") || whole.starts_with("boost::") ||
         whole.starts_with("thrust::");
}

std::vector<Seeding> seedings(const Unit& unit) {
  std::vector<Seeding> all;
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      auto found = by_function(unit, function, call);
      if (!found) found = by_engine(function, call);
      if (!found) found = by_maker(function, call);
      if (found) all.push_back(std::move(*found));
    }
  }
  return all;
}

}  // namespace detaudit::rules::source
