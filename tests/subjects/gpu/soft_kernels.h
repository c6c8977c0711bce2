#pragma once

#include <cstddef>
#include <string>

// What the kernels of kernels.cu do on the driver in software; each works on kElements floats.
constexpr size_t kElements = 4096;
void define_kernels();

// Their device code, where a compiler made it.
std::string read_code();
