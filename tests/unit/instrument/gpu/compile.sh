#!/usr/bin/env bash
# Compiles the GPU fixtures for every SM that this nvcc knows: compile.sh NVCC SOURCE_FOLDER FOLDER
set -euo pipefail
nvcc=$1 source=$2 out=$3
mkdir -p "$out"
sms=$("$nvcc" --list-gpu-code | grep -oE '[0-9]+' | sort -un)
echo "$sms" > "$out/sms.txt"
for sm in $sms; do
  "$nvcc" -cubin -arch="sm_$sm" -lineinfo -o "$out/kernels.$sm.cubin" "$source/kernels.cu"
  "$nvcc" -cubin -arch="sm_$sm" -lineinfo -o "$out/timing.$sm.cubin" "$source/timing.cu"
  "$nvcc" -cubin -arch="sm_$sm" -DVARIABLES -o "$out/variables.$sm.cubin" "$source/variables.cu"
  "$nvcc" -cubin -arch="sm_$sm" -o "$out/no_variables.$sm.cubin" "$source/variables.cu"
done
"$nvcc" -cubin -arch=sm_90 -DRENAMED -o "$out/renamed.90.cubin" "$source/kernels.cu"
"$nvcc" -cubin -arch=sm_90 -rdc=true -o "$out/calls_object.90.cubin" "$source/calls.cu"
"$nvcc" -c -arch=sm_90 -rdc=true -o "$out/calls.o" "$source/calls.cu"
"$nvcc" -cubin -dlink -arch=sm_90 -o "$out/calls_linked.90.cubin" "$out/calls.o"
two=(-gencode arch=compute_80,code=sm_80 -gencode "arch=compute_90,code=[sm_90,compute_90]")
for mode in none speed balance size default; do
  "$nvcc" -fatbin "${two[@]}" "--compress-mode=$mode" -o "$out/mode_$mode.fatbin" "$source/calls.cu"
done
"$nvcc" -fatbin "${two[@]}" -Xfatbin -compress-all -o "$out/compress_all.fatbin" "$source/calls.cu"
"$nvcc" -fatbin -arch=compute_90 -code=compute_90 -o "$out/ptx_only.fatbin" "$source/kernels.cu"
"$nvcc" -ptx -arch=compute_90 -o "$out/kernels.ptx" "$source/kernels.cu"
"$nvcc" -c -arch=sm_90 -dlto -o "$out/lto.o" "$source/calls.cu"
"$nvcc" -c "${two[@]}" -o "$out/whole.o" "$source/calls.cu"
rm -f "$out/library.a"
ar rc "$out/library.a" "$out/whole.o" "$out/calls.o"
touch "$out/done"
