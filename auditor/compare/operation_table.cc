#include "auditor/compare/operation_table.h"

#include <algorithm>

namespace detaudit::auditor {

OperationCount& OperationTable::add(instrument::EventKind kind, uint32_t op) {
  if (op >= newest_.size()) newest_.resize(op + 1, kNone);
  Entry entry;
  entry.count.kind = kind;
  entry.op = op;
  entry.next = newest_[op];
  newest_[op] = static_cast<uint32_t>(entries_.size());
  entries_.push_back(entry);
  return entries_.back().count;
}

std::map<std::string, OperationCount> OperationTable::by_name(
    const instrument::TraceReader& reader) const {
  std::map<std::string, OperationCount> named;
  // By kind, so that which of two has the plain name does not depend on which came first.
  std::vector<Entry> entries = entries_;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.count.kind < b.count.kind; });
  for (const Entry& entry : entries) {
    std::string name(reader.text(entry.op));
    if (named.contains(name) && named[name].kind != entry.count.kind) {
      name += std::string(" (") + instrument::event_kind_name(entry.count.kind) + ")";
    }
    // Two processes have ids of their own for one name.
    OperationCount& total = named[name];
    total.kind = entry.count.kind;
    total.events += entry.count.events;
    total.origins += entry.count.origins;
    total.propagated += entry.count.propagated;
  }
  return named;
}

}  // namespace detaudit::auditor
