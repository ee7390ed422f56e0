import { Cart } from "./cart.js"

// What a scenario orders.
export function orderOf(scenario) {
  const tea = { name: "tea", prices: scenario === "blocked" ? { EUR: 4 } : {} }
  return { items: [tea], currency: "EUR", customer: { id: 7, blocked: scenario === "blocked" } }
}

// Pays for what is in the cart.
export function checkout(order) {
  const cart = new Cart(order.items)
  const total = cart.total(order.currency)
  return charge(order.customer, total)
}

const charge = (customer, total) => {
  if (customer.blocked) {
    throw new Error(`customer ${customer.id} is blocked`)
  }
  return { customer, total }
}
