#!/usr/bin/env bash
# Compiles the committed fixtures anew: make.sh NVCC [PTXAS]
# PTXAS: of CUDA 12, the last to know sm_70 and sm_72.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# Line tables hold the folder of the source: one that is the same everywhere.
folder=/tmp/detaudit-fixtures
mkdir -p "$folder"
cp ../gpu/small.cu "$folder"
sms=()
for sm in 75 86 90 120; do sms+=(-gencode "arch=compute_$sm,code=sm_$sm"); done
for packing in size:zstd speed:lz4; do
  "$1" -fatbin "${sms[@]}" -gencode arch=compute_90,code=compute_90 -Xfatbin -compress-all \
    "--compress-mode=${packing%:*}" -o "small_${packing#*:}.fatbin" ../gpu/small.cu
done
"$1" -fatbin -arch=compute_90 -code=compute_90 -o ptx_only.fatbin ../gpu/small.cu
out=$PWD
(cd "$folder" && "$1" -cubin -arch=sm_90 -lineinfo -o "$out/lines.90.cubin" small.cu)
[ $# -gt 1 ] || exit 0
"$1" -ptx -arch=compute_75 -o "$folder/small.ptx" ../gpu/small.cu
for sm in 70 72; do
  sed -e 's/^\.version .*/.version 8.0/' -e "s/^\.target .*/.target sm_$sm/" "$folder/small.ptx" > "$folder/small.$sm.ptx"
  "$2" "-arch=sm_$sm" -o "small.$sm.cubin" "$folder/small.$sm.ptx"
done
