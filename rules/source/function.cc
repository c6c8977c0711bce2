#include "rules/source/function.h"

#include <algorithm>

namespace detaudit::rules::source {
namespace {

bool wraps(CXCursorKind kind) {
  switch (kind) {
    case CXCursor_UnexposedExpr:
    case CXCursor_ParenExpr:
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXStaticCastExpr:
    case CXCursor_CXXFunctionalCastExpr:
    case CXCursor_CXXConstCastExpr:
    case CXCursor_CXXReinterpretCastExpr:
    case CXCursor_CXXDynamicCastExpr:
      return true;
    default:
      return false;
  }
}

std::string template_arguments(CXCursor function) {
  const int count = clang_Cursor_getNumTemplateArguments(function);
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<unsigned>(i);
    std::string one = "...";
    switch (clang_Cursor_getTemplateArgumentKind(function, at)) {
      case CXTemplateArgumentKind_Type:
        one = take(clang_getTypeSpelling(clang_Cursor_getTemplateArgumentType(function, at)));
        break;
      case CXTemplateArgumentKind_Integral:
        one = std::to_string(clang_Cursor_getTemplateArgumentValue(function, at));
        break;
      default:
        break;
    }
    text += (text.empty() ? "" : ", ") + one;
  }
  return text.empty() ? "" : "<" + text + ">";
}

std::string display_name(CXCursor cursor) {
  if (!is_function(clang_getCursorKind(cursor))) return qualified_name(cursor);
  const std::string shown = take(clang_getCursorDisplayName(cursor));
  const std::string plain = spelling(cursor);
  std::string name = qualified_name(cursor);
  if (!shown.starts_with(plain)) return name;
  std::string rest = shown.substr(plain.size());
  if (rest.starts_with("<>")) rest.erase(0, 2);
  const std::string arguments = rest.starts_with("<") ? "" : template_arguments(cursor);
  return name + arguments + rest;
}

// Of a call that a template's arguments decide: any of the functions that it may be.
CXCursor candidate(const Function& function, uint32_t call) {
  for (uint32_t at = call + 1; at < function.node(call).end; ++at) {
    const Node& node = function.node(at);
    if (node.kind == CXCursor_OverloadedDeclRef) {
      return clang_getNumOverloadedDecls(node.cursor) > 0 ? clang_getOverloadedDecl(node.cursor, 0)
                                                          : none();
    }
    if (!wraps(node.kind) && node.kind != CXCursor_DeclRefExpr &&
        node.kind != CXCursor_MemberRefExpr) {
      break;
    }
  }
  return none();
}

struct Builder {
  std::vector<Node>* nodes;
  uint32_t parent;
};

CXChildVisitResult add_child(CXCursor cursor, CXCursor, CXClientData data) {
  auto& builder = *static_cast<Builder*>(data);
  const auto index = static_cast<uint32_t>(builder.nodes->size());
  builder.nodes->push_back({cursor, clang_getCursorKind(cursor), builder.parent, index + 1});
  Builder below{builder.nodes, index};
  clang_visitChildren(cursor, add_child, &below);
  (*builder.nodes)[index].end = static_cast<uint32_t>(builder.nodes->size());
  return CXChildVisit_Continue;
}

}  // namespace

Function::Function(CXCursor cursor) : name_(display_name(cursor)) {
  add_tree(cursor);
  for (uint32_t i = 1; i < nodes_.size(); ++i) {
    if (nodes_[i].kind == CXCursor_CallExpr) add_call(i);
  }
}

void Function::add_tree(CXCursor cursor) {
  nodes_.push_back({cursor, clang_getCursorKind(cursor), kNoNode, 1});
  Builder builder{&nodes_, 0};
  clang_visitChildren(cursor, add_child, &builder);
  nodes_[0].end = static_cast<uint32_t>(nodes_.size());
  for (uint32_t child : children(0)) {
    kernel_ |= nodes_[child].kind == CXCursor_CUDAGlobalAttr;
    device_ |= nodes_[child].kind == CXCursor_CUDADeviceAttr;
  }
}

void Function::add_call(uint32_t index) {
  const CXCursor cursor = nodes_[index].cursor;
  Call call{index, clang_getCursorReferenced(cursor), "", {}, false};
  const bool known = !is_null(call.callee) && is_function(clang_getCursorKind(call.callee));
  if (!known) call.callee = none();
  const CXCursor named = known ? call.callee : candidate(*this, index);
  if (!is_null(named)) {
    call.name = qualified_name(named);
    call.in_system = clang_Location_isInSystemHeader(clang_getCursorLocation(named)) != 0;
  }
  const std::vector<uint32_t> below = children(index);
  const int count = clang_Cursor_getNumArguments(cursor);
  for (int i = 0; i < count; ++i) {
    const CXCursor argument = clang_Cursor_getArgument(cursor, static_cast<unsigned>(i));
    // Cursors of one expression may differ in the declaration that libclang thinks it is in.
    const auto found = std::find_if(below.begin(), below.end(), [&](uint32_t child) {
      return clang_hashCursor(nodes_[child].cursor) == clang_hashCursor(argument);
    });
    call.arguments.push_back(found == below.end() ? kNoNode : *found);
  }
  calls_.push_back(std::move(call));
}

const Call* Function::call_at(uint32_t node) const {
  const auto found = std::lower_bound(calls_.begin(), calls_.end(), node,
                                      [](const Call& call, uint32_t at) { return call.node < at; });
  return found != calls_.end() && found->node == node ? &*found : nullptr;
}

std::vector<uint32_t> Function::children(uint32_t node) const {
  std::vector<uint32_t> all;
  for (uint32_t at = node + 1; at < nodes_[node].end; at = nodes_[at].end) all.push_back(at);
  return all;
}

uint32_t Function::parent_of(uint32_t node) const {
  uint32_t above = nodes_[node].parent;
  while (above != kNoNode && wraps(nodes_[above].kind)) above = nodes_[above].parent;
  return above;
}

uint32_t Function::stripped(uint32_t node) const {
  while (wraps(nodes_[node].kind)) {
    uint32_t last = kNoNode;  // a cast's type comes before its operand
    for (uint32_t at = node + 1; at < nodes_[node].end; at = nodes_[at].end) last = at;
    if (last == kNoNode) break;
    node = last;
  }
  return node;
}

}  // namespace detaudit::rules::source
