#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lists the faults of the lab: NAME:VARIANT<tab>what is wrong.
source "$(dirname "$0")/lab.sh"
source "$LAB_TOP/tests/lab/fault.sh"
fault_list
