#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Print a binary file as a C array: embed.sh FILE NAME HEADER

set -eu

echo "/* Made from $(basename "$1"); do not edit. */"
echo "#include \"$3\""
echo "const unsigned char $2[] = {"
od -An -v -tx1 "$1" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
echo "};"
echo "const size_t $2_size = sizeof($2);"
