#include "instrument/libraries/tensorflow_kernels.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <typeinfo>

#include "instrument/recorder/futex_lock.h"
#include "instrument/recorder/lane_operation.h"
#include "instrument/trace/pages.h"

namespace detaudit::instrument {
namespace {

// Values pass through these as they are, or they call functions whose kernels are seen themselves.
constexpr std::string_view kSilent[] = {
    "Assert", "BroadcastGradientArgs", "Case", "ControlTrigger", "EnsureShape", "Enter", "Exit",
    "ExpandDims", "Identity", "IdentityN", "If", "IsVariableInitialized", "LoopCond", "Merge",
    "NextIteration", "NoOp", "PartitionedCall", "Placeholder", "PlaceholderWithDefault",
    "PreventGradient", "PrintV2", "Rank", "RefEnter", "RefExit", "RefIdentity", "RefMerge",
    "RefNextIteration", "RefSelect", "RefSwitch", "RemoteCall", "Reshape", "Shape", "ShapeN",
    "Size", "Snapshot", "Squeeze", "StatefulPartitionedCall", "StatelessCase", "StatelessIf",
    "StatelessWhile", "StopGradient", "StringFormat", "Switch", "VarHandleOp", "VarIsInitializedOp",
    "VariableShape", "While", "_Arg", "_DeviceArg", "_DeviceRetval", "_EagerConst", "_HostConst",
    "_HostRecv", "_HostSend", "_Recv", "_Retval", "_Send", "_Switch", "_SwitchN"};
// Into lists of tensors and out of them. A list is memory that no tensor shows: where it lies says
// nothing, and what comes out of it is what went in.
constexpr std::string_view kMoves[] = {
    "EmptyTensorList", "OptionalFromValue", "OptionalGetValue", "RaggedTensorFromVariant",
    "RaggedTensorToVariant", "TensorListConcat", "TensorListConcatLists", "TensorListConcatV2",
    "TensorListElementShape", "TensorListFromTensor", "TensorListGather", "TensorListGetItem",
    "TensorListLength", "TensorListPopBack", "TensorListPushBack", "TensorListPushBackBatch",
    "TensorListReserve", "TensorListResize", "TensorListScatter",
    "TensorListScatterIntoExistingList", "TensorListScatterV2", "TensorListSetItem",
    "TensorListSplit", "TensorListStack"};
constexpr std::string_view kBatches[] = {
    "IteratorGetNext", "IteratorGetNextSync", "MultiDeviceIteratorGetNextFromShard"};
constexpr std::string_view kReaders[] = {
    "IteratorGetNextAsOptional", "LookupTableFindV2", "LookupTableSizeV2", "ResourceGather",
    "ResourceGatherNd", "StatefulStandardNormalV2"};
constexpr const char* kXla = "Xla";  // in the names of the classes that launch what XLA compiled

template <size_t kCount>
bool is_one_of(std::string_view type, const std::string_view (&list)[kCount]) {
  return std::find(std::begin(list), std::end(list), type) != std::end(list);
}

KernelRole role_of(std::string_view type) {
  if (is_one_of(type, kSilent)) return KernelRole::kSilent;
  if (is_one_of(type, kBatches)) return KernelRole::kBatch;
  if (is_one_of(type, kMoves)) return KernelRole::kMove;
  if (type == "Const") return KernelRole::kOnce;
  if (type == "ReadVariableOp") return KernelRole::kVariable;
  return is_one_of(type, kReaders) ? KernelRole::kReader : KernelRole::kOperation;
}

// "StatefulPartitionedCall/model/dense/MatMul": what the calls around a node put before its name.
std::string_view own_name(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view call : {"StatefulPartitionedCall", "PartitionedCall"}) {
      if (!name.starts_with(call)) continue;
      const size_t end = name.find('/');
      if (end == std::string_view::npos) continue;
      if (name.substr(call.size(), end - call.size()).find_first_not_of("_0123456789") !=
          std::string_view::npos)
        continue;
      name.remove_prefix(end + 1);
      again = true;
    }
  }
  return name;
}

// A growing table of slots by hash; 0 is no hash. Slots never move: they are on pages of their own.
template <typename Slot>
class HashedSlots {
 public:
  Slot* find(uint64_t hash) {
    for (uint64_t at = hash; capacity_ > 0; ++at) {
      const uint32_t number = index_[at & (capacity_ - 1)];
      if (number == 0) return nullptr;
      if (slot(number).name_hash == hash) return &slot(number);
    }
    return nullptr;
  }
  Slot* add(uint64_t hash) {
    if ((used_ + 1) * 2 > capacity_ && !grow()) return nullptr;
    if (used_ + 1 >= kBlocks * kBlockSlots) return nullptr;
    PageArray<Slot>& block = blocks_[(used_ + 1) / kBlockSlots];
    if (!block.reserve(kBlockSlots)) return nullptr;
    ++used_;
    Slot& made = slot(used_);
    made.name_hash = hash;
    insert(hash, used_);
    return &made;
  }

 private:
  static constexpr uint32_t kBlockSlots = 1024, kBlocks = 1024;
  Slot& slot(uint32_t number) { return blocks_[number / kBlockSlots][number % kBlockSlots]; }
  void insert(uint64_t hash, uint32_t number) {
    uint64_t at = hash;
    while (index_[at & (capacity_ - 1)] != 0) ++at;
    index_[at & (capacity_ - 1)] = number;
  }
  bool grow() {
    PageArray<uint32_t> larger;
    const uint32_t capacity = capacity_ ? capacity_ * 2 : 4096;
    if (!larger.reserve(capacity)) return false;
    index_.release();
    index_ = larger;
    capacity_ = capacity;
    for (uint32_t number = 1; number <= used_; ++number) insert(slot(number).name_hash, number);
    return true;
  }
  PageArray<uint32_t> index_;
  uint32_t capacity_ = 0, used_ = 0;
  PageArray<Slot> blocks_[kBlocks];
};

struct NodeLine {
  uint64_t name_hash;
  const char* file;
  uint32_t line;
};
struct FileName {
  uint64_t name_hash;
  char text[512];
};

constinit FutexLock g_lock;  // guards all three
constinit HashedSlots<KernelFacts> g_kernels;
constinit HashedSlots<NodeLine> g_lines;
constinit HashedSlots<FileName> g_files;

uint64_t hash_of_name(std::string_view name) { return hash_of(name.data(), name.size()) | 1; }

// The node's own line, or that of the node that an optimiser made it of ("dense/MatMul-0-..."), or
// of the scope that it is in.
const NodeLine* line_of(std::string_view name) {
  while (!name.empty()) {
    for (std::string_view suffix = name;;) {
      if (const NodeLine* found = g_lines.find(hash_of_name(suffix))) return found;
      const size_t slash = suffix.find('/');
      if (slash == std::string_view::npos) break;
      suffix.remove_prefix(slash + 1);
    }
    const size_t cut = name.find_last_of("/-");
    if (cut == std::string_view::npos) return nullptr;
    name = name.substr(0, cut);
  }
  return nullptr;
}

// The name, or of one that is too long, such as those in gradients of loops, both ends and a hash:
// other names must be other keys.
void write_key(std::string_view name, char (&key)[sizeof KernelFacts::key]) {
  constexpr size_t kHead = 40, kTail = 96;
  if (name.size() < sizeof key) {
    name.copy(key, name.size());
    key[name.size()] = '\0';
    return;
  }
  const std::string_view tail = name.substr(name.size() - kTail);
  std::snprintf(key, sizeof key, "%.*s...%.*s #%016llx", static_cast<int>(kHead), name.data(),
                static_cast<int>(kTail), tail.data(),
                static_cast<unsigned long long>(hash_of_name(name)));
}

// By its class: its type is XLA's own, that of a call, or the function's name.
bool is_compiled(const void* kernel) {
  const std::type_info* const* table;
  std::memcpy(&table, kernel, sizeof table);
  const std::type_info* type = table[-1];  // of the Itanium ABI; null in code without RTTI
  return type && std::strstr(type->name(), kXla);
}

void fill(KernelFacts& facts, const void* kernel, std::string_view name, std::string_view type) {
  facts.compiled = is_compiled(kernel);
  if (facts.compiled) {
    facts.role = KernelRole::kOperation;
    std::snprintf(facts.op, sizeof facts.op, "tf.function(jit_compile=True)");
    return write_key(own_name(name), facts.key);
  }
  facts.role = role_of(type);
  std::snprintf(facts.op, sizeof facts.op, "%s%.*s", type.starts_with('_') ? "" : "tf.raw_ops.",
                static_cast<int>(type.size()), type.data());
  if (name == type) return;  // an eager operation
  const std::string_view own = own_name(name);
  write_key(own, facts.key);
  if (const NodeLine* line = line_of(own)) {
    facts.file = line->file;
    facts.line = line->line;
  }
}

}  // namespace

KernelFacts* facts_of(const TensorFlow& library, const void* kernel, void* context) {
  const TensorFlow::Text text = library.kernel_name(context);
  const std::string_view name(text.data, text.size);
  // A function's kernels may have the name of another's that is gone: the address tells them apart
  // while both are there, and their types once it was given away.
  const uint64_t at[2] = {hash_of_name(name), reinterpret_cast<uint64_t>(kernel)};
  const uint64_t hash = hash_of(at, sizeof at) | 1;
  g_lock.lock();
  KernelFacts* facts = g_kernels.find(hash);
  g_lock.unlock();
  if (facts) return facts;
  const std::string described = library.trace_string(kernel, context, false);
  std::string_view type = described;
  if (type.starts_with(name)) type.remove_prefix(std::min(name.size() + 1, type.size()));
  type = type.substr(0, type.find('#'));
  g_lock.lock();
  facts = g_kernels.find(hash);
  if (!facts && (facts = g_kernels.add(hash))) fill(*facts, kernel, name, type);
  g_lock.unlock();
  return facts;
}

void place_node(const char* name, const char* file, uint32_t line) {
  const uint64_t hash = hash_of_name(name), file_hash = hash_of_name(file);
  g_lock.lock();
  FileName* known = g_files.find(file_hash);
  if (!known && (known = g_files.add(file_hash)))
    std::snprintf(known->text, sizeof known->text, "%s", file);
  NodeLine* node = g_lines.find(hash);
  if (!node) node = g_lines.add(hash);
  if (node && known) {
    node->file = known->text;
    node->line = line;
  }
  g_lock.unlock();
}

}  // namespace detaudit::instrument
