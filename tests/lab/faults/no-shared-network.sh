# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the two share no network, and the sender has no way out of its own"
cause=no-shared-network
verdict=unsent
expect=('.drop == null'
	'.cause.remedy[0] | test("^docker network connect (stock web|shop_default db)$")')

scene()
{
	lab_network "$LAB_NETWORK"
	lab_network stock
	lab_container web "$LAB_NETWORK"
	lab_container db stock
}

apply()
{
	# as newer engines leave it in an internal network
	at web ip route del default
}
