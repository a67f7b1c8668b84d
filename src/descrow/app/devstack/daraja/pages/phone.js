'use strict'

const msisdn = decodeURIComponent(location.pathname.split('/').pop())
const PIN_LENGTH = 4
const TOAST_MS = 4000
const OUTCOMES = {
  0: 'Paid.', 1: 'Not enough money.', 4: 'Over the limit for today.', 1032: 'Cancelled.', 1037: 'Timed out.',
  C2B00016: 'The shop does not take this payment.', 2001: 'Wrong PIN.', 8006: 'Your PIN is locked.',
}

const at = id => document.getElementById(id)
const say = (id, text) => { at(id).textContent = text }
const money = cents => 'KES ' + (cents / 100).toLocaleString('en-KE', { minimumFractionDigits: 2 })
const clock = ms => new Date(ms).toLocaleTimeString('en-KE', { hour: '2-digit', minute: '2-digit', timeZone: 'Africa/Nairobi' })
const make = (tag, text, kind = '') => {
  const node = document.createElement(tag)
  node.textContent = text
  node.className = kind
  return node
}

let pin = ''
let prompt = null
let ignored = null
let toastTimer

function show(phone) {
  document.title = `${phone.name} · ${phone.msisdn}`
  say('number', '+' + phone.msisdn.replace(/(\d{3})(\d{3})(\d{3})(\d{3})/, '$1 $2 $3 $4'))
  say('name', phone.name)
  say('balance', money(phone.balance_cents))
  say('hint', phone.is_locked ? 'PIN locked' : `PIN ${phone.pin}`)
  at('messages').replaceChildren(...phone.messages.map(message => {
    const bubble = make('li', '', message.text.startsWith('Failed') ? 'failed' : '')
    bubble.append(make('span', message.text), make('time', clock(message.at_ms)))
    return bubble
  }))
  at('empty').hidden = phone.messages.length > 0
  showPrompt(phone.prompt)
}

function showPrompt(next) {
  if (next?.number !== prompt?.number) pin = ''
  prompt = next
  at('prompt').hidden = !prompt || prompt.number === ignored
  if (!prompt) return
  say('merchant', prompt.merchant)
  say('question', prompt.text)
  say('description', prompt.description)
  showPin()
  tick()
}

function showPin() {
  at('dots').replaceChildren(...Array.from({ length: PIN_LENGTH }, (_, place) => make('i', '', place < pin.length ? 'full' : '')))
  at('send').disabled = pin.length !== PIN_LENGTH
}

function press(key) {
  if (key === '⌫') pin = pin.slice(0, -1)
  else if (pin.length < PIN_LENGTH) pin += key
  showPin()
}

async function answer(body) {
  at('prompt').hidden = true
  const response = await fetch(`/control/phones/${msisdn}/answer`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  })
  const decided = await response.json()
  toast(response.ok ? OUTCOMES[decided.result_code] ?? `Result ${decided.result_code}.` : decided.message)
}

at('paybill').onsubmit = async event => {
  event.preventDefault()
  const body = { account: at('account').value, amount_cents: Math.round(Number(at('amount').value) * 100) }
  const response = await fetch(`/control/phones/${msisdn}/pay`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  })
  const paid = await response.json()
  toast(response.ok ? OUTCOMES[paid.result_code] ?? `Result ${paid.result_code}.` : paid.message)
}

function toast(text) {
  say('toast', text)
  at('toast').hidden = false
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => { at('toast').hidden = true }, TOAST_MS)
}

function tick() {
  say('time', clock(Date.now()))
  if (!prompt) return
  const left = Math.max(0, prompt.expires_at_ms - Date.now())
  at('countdown').value = left / (prompt.expires_at_ms - prompt.asked_at_ms)
  say('left', `${Math.ceil(left / 1000)} s`)
}

function listen() {
  const events = new EventSource(`/control/phones/${msisdn}/events`)
  events.onopen = () => say('signal', 'M-PESA ●●●')
  events.onmessage = event => show(JSON.parse(event.data))
  events.onerror = async () => {
    say('signal', 'no network')
    if (events.readyState !== EventSource.CLOSED) return
    const response = await fetch(`/control/phones/${msisdn}`).catch(() => null)
    if (response?.status === 404) say('name', 'There is no such phone.')
    setTimeout(listen, 2000)
  }
}

for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', '⌫']) {
  const button = make('button', key)
  button.type = 'button'
  button.disabled = key === ''
  if (key === '⌫') button.setAttribute('aria-label', 'delete')
  button.onclick = () => press(key)
  at('keys').append(button)
}
at('send').onclick = () => answer({ pin })
at('cancel').onclick = () => answer({ cancel: true })
at('ignore').onclick = () => { ignored = prompt.number; at('prompt').hidden = true }
document.addEventListener('keydown', event => {
  if (at('prompt').hidden) return
  if (/^[0-9]$/.test(event.key)) press(event.key)
  else if (event.key === 'Backspace') press('⌫')
  else if (event.key === 'Escape') answer({ cancel: true })
  else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement) && pin.length === PIN_LENGTH) answer({ pin })
})
setInterval(tick, 250)
tick()
listen()
