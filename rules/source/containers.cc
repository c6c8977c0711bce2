#include "rules/source/containers.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "rules/source/names.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 24> kHashed = {
    "std::unordered_map",        "std::unordered_set",        "std::unordered_multimap",
    "std::unordered_multiset",   "std::tr1::unordered_map",   "std::tr1::unordered_set",
    "boost::unordered_map",      "boost::unordered_set",      "boost::unordered::unordered_map",
    "boost::unordered::unordered_set", "boost::unordered_flat_map", "boost::unordered_flat_set",
    "boost::unordered::unordered_flat_map", "boost::unordered::unordered_flat_set",
    "absl::flat_hash_map",       "absl::flat_hash_set",       "absl::node_hash_map",
    "absl::node_hash_set",       "folly::F14FastMap",         "folly::F14FastSet",
    "llvm::DenseMap",            "llvm::DenseSet",            "llvm::SmallPtrSet",
    "llvm::StringMap"};
constexpr std::array<std::string_view, 4> kSorted = {"std::map", "std::set", "std::multimap",
                                                     "std::multiset"};
constexpr std::array<std::string_view, 6> kDirectories = {
    "std::filesystem::directory_iterator",
    "std::filesystem::recursive_directory_iterator",
    "std::experimental::filesystem::directory_iterator",
    "std::experimental::filesystem::recursive_directory_iterator",
    "boost::filesystem::directory_iterator",
    "boost::filesystem::recursive_directory_iterator"};

CXType record_of(CXType type) {
  return clang_getCanonicalType(clang_getUnqualifiedType(clang_getNonReferenceType(type)));
}

// The comparison of a sorted container that compares keys by `<` alone.
bool compares_plainly(CXType comparison) {
  const std::string name =
      qualified_name(clang_getTypeDeclaration(clang_getCanonicalType(comparison)));
  return name == "std::less" || name == "std::greater";
}

CXVisitorResult add_base(CXCursor base, CXClientData types) {
  static_cast<std::vector<CXType>*>(types)->push_back(clang_getCursorType(base));
  return CXVisit_Continue;
}

// Classes of a container's library that derive from it keep its arguments in their base.
CXType known_container(CXType type, int depth = 0) {
  type = record_of(type);
  const CXCursor declared = clang_getTypeDeclaration(type);
  const std::string name = qualified_name(declared);
  if (contains(kHashed, name) || contains(kSorted, name) || depth > 2) return type;
  std::vector<CXType> bases;
  clang_visitCXXBaseClasses(type, add_base, &bases);
  for (const CXType each : bases) {
    const CXType base = known_container(each, depth + 1);
    const std::string base_name = qualified_name(clang_getTypeDeclaration(base));
    if (contains(kHashed, base_name) || contains(kSorted, base_name)) return base;
  }
  return type;
}

CXChildVisitResult find_begin(CXCursor member, CXCursor, CXClientData found) {
  if (clang_getCursorKind(member) != CXCursor_CXXMethod || spelling(member) != "begin") {
    return CXChildVisit_Continue;
  }
  *static_cast<CXCursor*>(found) = member;
  return CXChildVisit_Break;
}

// Of a class that hands on the iterators of a hash table within it.
ContainerOrder iterated_order(CXType type) {
  CXCursor begin = none();
  clang_visitChildren(clang_getTypeDeclaration(type), find_begin, &begin);
  if (is_null(begin)) return ContainerOrder::kOwn;
  const CXType iterator = record_of(clang_getResultType(clang_getCursorType(begin)));
  const std::string name = qualified_name(clang_getTypeDeclaration(iterator));
  if (name != "std::__detail::_Node_iterator" && name != "std::__detail::_Node_const_iterator" &&
      !(name.starts_with("std::") && name.find("__hash") != std::string::npos)) {
    return ContainerOrder::kOwn;
  }
  CXType key = clang_getCanonicalType(clang_Type_getTemplateArgumentAsType(iterator, 0));
  if (qualified_name(clang_getTypeDeclaration(key)) == "std::pair") {
    key = clang_Type_getTemplateArgumentAsType(key, 0);
  }
  return is_address(key) ? ContainerOrder::kAddress : ContainerOrder::kHash;
}

}  // namespace

bool is_address(CXType type) {
  const CXType plain = clang_getCanonicalType(type);
  if (plain.kind == CXType_Pointer) return true;
  const std::string name = qualified_name(clang_getTypeDeclaration(plain));
  return name == "std::shared_ptr" || name == "std::unique_ptr";
}

bool is_compared_by_address(CXType type) {
  if (is_address(type)) return true;
  const CXType plain = clang_getCanonicalType(type);
  const std::string name = qualified_name(clang_getTypeDeclaration(plain));
  const bool parts = name == "std::pair" || name == "std::tuple";
  return parts && is_compared_by_address(clang_Type_getTemplateArgumentAsType(plain, 0));
}

ContainerOrder container_order(CXType type) {
  const CXType container = known_container(type);
  const std::string name = qualified_name(clang_getTypeDeclaration(container));
  const CXType key = clang_Type_getTemplateArgumentAsType(container, 0);
  if (contains(kHashed, name)) {
    return is_address(key) ? ContainerOrder::kAddress : ContainerOrder::kHash;
  }
  if (!contains(kSorted, name)) return iterated_order(container);
  if (!is_compared_by_address(key)) return ContainerOrder::kOwn;
  const unsigned comparison = name.ends_with("map") ? 2 : 1;
  return compares_plainly(clang_Type_getTemplateArgumentAsType(container, comparison))
             ? ContainerOrder::kAddress
             : ContainerOrder::kOwn;
}

std::string container_name(CXType type) {
  return qualified_name(clang_getTypeDeclaration(known_container(type)));
}

bool is_directory_iterator(CXType type) {
  return contains(kDirectories, qualified_name(clang_getTypeDeclaration(record_of(type))));
}

}  // namespace detaudit::rules::source
