// What is in the cart.

export class Cart {
  constructor(items) {
    this.items = items
  }

  // Sums up the prices.
  total(currency) {
    return this.items.reduce((sum, item) => sum + priceOf(item, currency), 0)
  }
}

function priceOf(item, currency) {
  if (!item.prices[currency]) {
    throw new RangeError(`no price of ${item.name} in ${currency}`)
  }
  return item.prices[currency]
}
