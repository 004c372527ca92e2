// SPDX-License-Identifier: Apache-2.0
let rules = Operation.invalid
