# SPDX-License-Identifier: GPL-3.0-or-later
x87
x87 transcendental
