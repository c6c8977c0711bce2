#include "rules/source/unit.h"

namespace detaudit::rules::source {
namespace {

bool in_system_header(CXCursor cursor) {
  return clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)) != 0;
}

bool holds_declarations(CXCursorKind kind) {
  switch (kind) {
    case CXCursor_Namespace:
    case CXCursor_LinkageSpec:
    case CXCursor_UnexposedDecl:  // extern "C" of older versions
    case CXCursor_ClassDecl:
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassTemplate:
    case CXCursor_ClassTemplatePartialSpecialization:
      return true;
    default:
      return false;
  }
}

bool is_code(CXCursor cursor) {
  const CXCursorKind kind = clang_getCursorKind(cursor);
  if (is_function(kind)) return clang_isCursorDefinition(cursor) != 0;
  return kind == CXCursor_VarDecl || kind == CXCursor_FieldDecl;
}

}  // namespace

Unit::Unit(CXTranslationUnit unit) : unit_(unit) {
  add_declarations(clang_getTranslationUnitCursor(unit));
  while (!waiting_.empty()) {
    const CXCursor next = waiting_.front();
    waiting_.pop_front();
    add(next);
  }
}

void Unit::add_declarations(CXCursor parent) {
  const bool top = clang_isTranslationUnit(clang_getCursorKind(parent)) != 0;
  for (CXCursor child : children(parent)) {
    if (top && in_system_header(child)) continue;
    if (is_code(child)) {
      add(child);
    } else if (holds_declarations(clang_getCursorKind(child))) {
      add_declarations(child);
    }
  }
}

void Unit::add(CXCursor cursor) {
  if (!seen_.insert(declaration(cursor)).second) return;
  functions_.emplace_back(cursor);
  code_[declaration(cursor)] = &functions_.back();
  note_uses(functions_.back());
  definitions_.add(functions_.back());
}

void Unit::note_uses(const Function& function) {
  for (uint32_t i = 1; i < function.nodes().size(); ++i) {
    const Node& node = function.node(i);
    if (node.kind != CXCursor_DeclRefExpr && node.kind != CXCursor_MemberRefExpr &&
        node.kind != CXCursor_CallExpr) {
      continue;
    }
    const CXCursor used = clang_getCursorReferenced(node.cursor);
    if (is_null(used) || !is_function(clang_getCursorKind(used))) continue;
    std::vector<Site>& sites = uses_[declaration(used)];
    // A call names its callee once more, in its first child.
    const bool same = !sites.empty() && sites.back().function == &function &&
                      sites.back().node < i && i < function.node(sites.back().node).end;
    if (!same) sites.push_back({&function, i});
    if (is_null(clang_getSpecializedCursorTemplate(used)) || in_system_header(used)) continue;
    if (!seen_.contains(declaration(used))) waiting_.push_back(used);
  }
}

const std::vector<Site>& Unit::uses(CXCursor function) const {
  static const std::vector<Site> kNone;
  const auto found = uses_.find(declaration(function));
  return found == uses_.end() ? kNone : found->second;
}

bool Unit::is_foreign(CXCursor function) const {
  const CXSourceLocation place = clang_getCursorLocation(function);
  if (clang_Location_isInSystemHeader(place) != 0) return true;
  return clang_Location_isFromMainFile(place) == 0 && code_of(function) == nullptr;
}

const Function* Unit::code_of(CXCursor function) const {
  const auto found = code_.find(declaration(function));
  return found == code_.end() ? nullptr : found->second;
}

bool Unit::sees_whole(CXCursor record) const {
  for (const CXCursor member : children(record)) {
    const CXCursorKind kind = clang_getCursorKind(member);
    const bool may_set = kind == CXCursor_Constructor || kind == CXCursor_FunctionTemplate ||
                         (kind == CXCursor_CXXMethod && clang_CXXMethod_isConst(member) == 0);
    const bool made = clang_CXXMethod_isDefaulted(member) != 0 ||
                      clang_CXXMethod_isDeleted(member) != 0;
    if (may_set && !made && code_of(member) == nullptr) return false;
  }
  return true;
}

}  // namespace detaudit::rules::source
