#include "rules/source/number_type.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace detaudit::rules::source {
namespace {

constexpr int kMostFields = 8;

// 16-bit and narrower numbers are classes around an integer.
constexpr std::array<std::string_view, 12> kSmallFloats = {
    "__half",         "__half2",  "__half_raw",       "__nv_bfloat16",
    "__nv_bfloat162", "_Float16", "half_float::half", "c10::Half",
    "c10::BFloat16",  "at::Half", "at::BFloat16",     "Eigen::half"};
constexpr std::array<std::string_view, 4> kComplex = {"std::complex", "cuda::std::complex",
                                                      "thrust::complex", "c10::complex"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

CXType plain(CXType type) {
  type = clang_getCanonicalType(type);
  if (type.kind == CXType_LValueReference || type.kind == CXType_RValueReference) {
    type = clang_getCanonicalType(clang_getPointeeType(type));
  }
  return clang_getUnqualifiedType(type);
}

bool is_scalar_float(CXType type) {
  switch (type.kind) {
    case CXType_Float:
    case CXType_Double:
    case CXType_LongDouble:
    case CXType_Half:
    case CXType_Float16:
    case CXType_Float128:
    case CXType_BFloat16:
    case CXType_Ibm128:
      return true;
    default:
      return false;
  }
}

struct Fields {
  int floats = 0, others = 0;
};

CXVisitorResult count_field(CXCursor field, CXClientData data) {
  auto& fields = *static_cast<Fields*>(data);
  ++(is_scalar_float(plain(clang_getCursorType(field))) ? fields.floats : fields.others);
  return CXVisit_Continue;
}

bool is_float_record(CXType type) {
  const std::string name = qualified_name(clang_getTypeDeclaration(type));
  if (contains(kSmallFloats, name) || contains(kComplex, name)) return true;
  Fields fields;
  clang_Type_visitFields(type, count_field, &fields);
  return fields.others == 0 && fields.floats > 0 && fields.floats <= kMostFields;
}

bool is_float(CXType type) {
  if (is_scalar_float(type)) return true;
  if (type.kind == CXType_Complex || type.kind == CXType_Vector || type.kind == CXType_ExtVector) {
    return is_scalar_float(plain(clang_getElementType(type)));
  }
  return type.kind == CXType_Record && is_float_record(type);
}

}  // namespace

std::string float_type(CXType type) {
  type = plain(type);
  return is_float(type) ? type_name(type) : "";
}

std::string pointed_float_type(CXType type) {
  type = plain(type);
  if (type.kind == CXType_Pointer) return float_type(clang_getPointeeType(type));
  const CXType element = clang_getArrayElementType(type);
  return element.kind == CXType_Invalid ? "" : float_type(element);
}

namespace {

std::string iterated(CXType type, int depth) {
  constexpr int kMostNested = 3;
  type = clang_getCanonicalType(clang_getNonReferenceType(type));
  const std::string pointed = pointed_float_type(type);
  if (!pointed.empty()) return pointed;
  if (type.kind != CXType_Record || depth > kMostNested) return "";
  const int arguments = clang_Type_getNumTemplateArguments(type);
  for (int i = 0; i < arguments; ++i) {
    const CXType argument = clang_Type_getTemplateArgumentAsType(type, static_cast<unsigned>(i));
    std::string found = float_type(argument);
    if (found.empty()) found = iterated(argument, depth + 1);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

std::string iterated_float_type(CXType type) { return iterated(type, 0); }

}  // namespace detaudit::rules::source
