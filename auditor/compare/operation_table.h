#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "auditor/compare/comparison.h"
#include "instrument/trace/reader.h"

namespace detaudit::auditor {

// Counts by kind and op, for one run's ids of ops. A look-up costs one or two loads.
class OperationTable {
 public:
  // Valid until the next call.
  OperationCount& at(instrument::EventKind kind, uint32_t op) {
    if (op < newest_.size()) {
      for (uint32_t i = newest_[op]; i != kNone; i = entries_[i].next) {
        if (entries_[i].count.kind == kind) return entries_[i].count;
      }
    }
    return add(kind, op);
  }
  std::map<std::string, OperationCount> by_name(const instrument::TraceReader& reader) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    OperationCount count;
    uint32_t op = 0;
    uint32_t next = kNone;  // of the same op, another kind
  };
  OperationCount& add(instrument::EventKind kind, uint32_t op);

  std::vector<uint32_t> newest_;  // by op
  std::vector<Entry> entries_;
};

}  // namespace detaudit::auditor
