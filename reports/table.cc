#include "reports/table.h"

#include <algorithm>
#include <utility>

#include "reports/paragraphs.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowestWrap = 20;

void append_wrapped(std::string& line, const std::string& cell, size_t width) {
  size_t indent = character_count(line);
  std::string wrapped = wrap(cell, std::max(width, indent + kNarrowestWrap), indent);
  line += std::string_view(wrapped).substr(std::min(indent, wrapped.size()));
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::render_row(const std::vector<std::string>& cells,
                              const std::vector<size_t>& widths, size_t width,
                              size_t indent) const {
  std::string line(indent, ' ');
  for (size_t i = 0; i + 1 < cells.size(); ++i) {
    std::string padding(widths[i] - character_count(cells[i]), ' ');
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
    line.append(kGap, ' ');
  }
  append_wrapped(line, cells.back(), width);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\n')) line.pop_back();
  return line + "\n";
}

std::string Table::render(size_t width, size_t indent) const {
  std::vector<size_t> widths;
  std::vector<std::string> names;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = character_count(columns_[i].name);
    for (const auto& row : rows_) widest = std::max(widest, character_count(row[i]));
    widths.push_back(widest);
    names.push_back(columns_[i].name);
  }
  bool headed = std::any_of(names.begin(), names.end(), [](auto& name) { return !name.empty(); });
  std::string out = headed ? render_row(names, widths, width, indent) : "";
  for (const auto& row : rows_) out += render_row(row, widths, width, indent);
  return out;
}

}  // namespace detaudit::reports
