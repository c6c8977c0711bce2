#pragma once

namespace detaudit::instrument {

// Vector registers that a copy of ours went through keep its bytes, and the loader saves them on
// the subject's stack when it looks up a symbol late. Empties them: for use right before the
// subject runs.
void clear_vector_registers();

}  // namespace detaudit::instrument
