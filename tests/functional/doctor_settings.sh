#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor, where the engine was told to leave the firewall to others: that is no fault, and no rule of its is missed.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

LAB_CONFIG='{"iptables": false}'
lab_open
lab_scene
within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json >"$LAB_DIR/doctor" 2>"$LAB_DIR/stderr"
status=$?
if ((status == 0)) && [[ ! -s $LAB_DIR/stderr ]] && jq -e '[.findings[] | select(.check != "log") | [.check, .severity]] ==
	[["engine-rules-off", "note"]]' "$LAB_DIR/doctor" >/dev/null; then
	ok "finds engine-rules-off (note), and nothing else"
else
	{ echo "exit status $status"; cat "$LAB_DIR/stderr" "$LAB_DIR/doctor"; } | not_ok "finds engine-rules-off (note), and nothing else"
fi
within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json web db >"$LAB_DIR/doctor" 2>"$LAB_DIR/stderr"
if (($? == 0)) && jq -e '[.findings[] | select(.check != "log")] == []' "$LAB_DIR/doctor" >/dev/null; then
	ok "which is nothing to two neighbours"
else
	not_ok "which is nothing to two neighbours" <"$LAB_DIR/doctor"
fi
tap_end
