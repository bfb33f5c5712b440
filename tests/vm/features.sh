#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What dockdrop says of itself here, beside an engine; for tests/vm/support.sh.
source "$(dirname "$0")/../lab/lab.sh"

lab_open
"$DOCKDROP" features --host "$LAB_URL" --json 2>/dev/null
