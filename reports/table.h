#pragma once

#include <string>
#include <vector>

namespace detaudit::reports {

enum class Align { kLeft, kRight };

// Rows of text in aligned columns, for a terminal. Cells are printable text; the last column
// wraps, the others are as wide as their widest cell. No heading where no column has a name.
class Table {
 public:
  struct Column {
    std::string name;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns);
  void add(std::vector<std::string> cells);
  std::string render(size_t width, size_t indent) const;

 private:
  std::string render_row(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                         size_t width, size_t indent) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace detaudit::reports
