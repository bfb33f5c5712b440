/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The nouns of the user side, one header a subject. Plain data: no functions, no pointers into
 * another stage's memory unless the member says so. Text in these structs is
 * untrusted (container names, rules, device names); the views make it safe.
 */
#ifndef DD_MODEL_H
#define DD_MODEL_H

#include "afterwards.h"
#include "arrived.h"
#include "engine.h"
#include "exchange.h"
#include "feature.h"
#include "hop.h"
#include "rule.h"
#include "topology.h"
#include "verdict.h"

#endif
