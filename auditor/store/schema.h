#pragma once

#include <span>

#include "auditor/store/database.h"

namespace detaudit::auditor {

// The step from version N to N + 1, N being its place in the list. Never edited once released.
struct Migration {
  const char* sql;
};
std::span<const Migration> migrations();

// Takes the database to the newest version of the list, each step a transaction of its own.
// Throws exit 2 (DET903) for a database of another program or of a newer version.
void migrate(Database& database, std::span<const Migration> list = migrations());

enum class SchemaState { kCurrent, kOld, kEmpty };

// Throws as migrate() does, changes nothing.
SchemaState inspect_schema(Database& database, std::span<const Migration> list = migrations());

}  // namespace detaudit::auditor
