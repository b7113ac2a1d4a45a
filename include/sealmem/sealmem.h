/* SPDX-License-Identifier: MIT */
/* All of sealmem. */
#ifndef SEALMEM_SEALMEM_H
#define SEALMEM_SEALMEM_H

#include <sealmem/base.h>
#include <sealmem/broker.h>
#include <sealmem/budget.h>
#include <sealmem/channel.h>
#include <sealmem/descriptor.h>
#include <sealmem/discardable.h>
#include <sealmem/features.h>
#include <sealmem/gamepad.h>
#include <sealmem/gamepad_compare.h>
#include <sealmem/gamepad_effect.h>
#include <sealmem/gamepad_provider.h>
#include <sealmem/hooks.h>
#include <sealmem/inherit.h>
#include <sealmem/mapping.h>
#include <sealmem/pool.h>
#include <sealmem/publisher.h>
#include <sealmem/region.h>
#include <sealmem/shared_version.h>
#include <sealmem/snapshot.h>
#include <sealmem/snapshot_wait.h>
#include <sealmem/structured.h>
#include <sealmem/subscriber.h>
#include <sealmem/token.h>
#include <sealmem/tracker.h>

#endif
