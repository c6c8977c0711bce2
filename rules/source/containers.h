#pragma once

#include <optional>
#include <string>

#include "rules/source/cursor.h"

namespace detaudit::rules::source {

// In which order a container is iterated over.
enum class ContainerOrder {
  kOwn,      // its elements' own: a sequence, or sorted by values
  kHash,     // of hashes: unordered
  kAddress,  // of addresses: keys are pointers, hashed or compared as such
};
// References are looked through; what is no known container is in its own order.
ContainerOrder container_order(CXType type);

// "std::unordered_map": the container's class, without arguments.
std::string container_name(CXType type);

// A pointer, or a standard class that orders as the one that it holds.
bool is_address(CXType type);
// The same of a pair or tuple whose first part is one.
bool is_compared_by_address(CXType type);

bool is_directory_iterator(CXType type);

}  // namespace detaudit::rules::source
