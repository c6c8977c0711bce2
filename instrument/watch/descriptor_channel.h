#pragma once

namespace detaudit::instrument {

// A number and, where there is one, a descriptor, over a Unix socket that keeps messages whole.
// System calls and the stack alone.
bool pass_descriptor(int socket, int number, int descriptor);  // -1: none

struct TakenDescriptor {
  bool ended = false;  // the other side closed its end, or sent what is none of ours
  int number = 0;
  int descriptor = -1;  // the caller's to close
};
TakenDescriptor take_descriptor(int socket);

}  // namespace detaudit::instrument
