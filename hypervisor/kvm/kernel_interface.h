// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The kernel's <linux/kvm.h>, to be included by this name alone. Older headers declare arrays at
// the end of structures by a macro whose empty member has a size in C++, which moves the array
// and changes the request codes that are made of the structure's size.
#include <linux/stddef.h>
#undef __DECLARE_FLEX_ARRAY
#define __DECLARE_FLEX_ARRAY(TYPE, NAME) TYPE NAME[0]
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <linux/kvm.h>
#pragma GCC diagnostic pop
#include <cstddef>

namespace hypervisor::kvm {

static_assert(sizeof(kvm_cpuid2) == 8 && offsetof(kvm_cpuid2, entries) == 8);
static_assert(sizeof(kvm_msrs) == 8 && offsetof(kvm_msrs, entries) == 8);
static_assert(sizeof(kvm_irq_routing) == 8 && offsetof(kvm_irq_routing, entries) == 8);
static_assert(sizeof(kvm_xsave) == 4096);

}  // namespace hypervisor::kvm
