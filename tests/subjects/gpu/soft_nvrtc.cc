// NVRTC in software: compiles nothing, and is content with everything.
#include "tests/subjects/gpu/soft_library.h"

LIBRARY_CALL nvrtcCompileProgram(void*, int, const char* const*) { return 0; }
