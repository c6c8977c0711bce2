#pragma once

// The arguments of driver calls, as callbacks give them. CUPTI's header knows how to read the
// structures of the oldest interfaces; cuda.h alone does not.
#include <cuda.h>
#include <cupti.h>
